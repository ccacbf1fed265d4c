"""Secrets Manager's secrets."""

from facts.kinds import Data, Facts, Name

FACTS = {
    "AWS::SecretsManager::Secret": Facts(
        type="AWS::SecretsManager::Secret",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html",
        # Six characters are added to the name.
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
        arns=("secretsmanager:{region}:{account}:secret:{name}-*",),
        ref_is_arn=True,
        name=Name("Name", "region"),
        # Everything is encrypted whatever is set.
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
        data=Data("its value", ("Retain", "RetainExceptOnCreate")),
        # Copies in other regions, and reading it.
        unused=("secretsmanager:GetSecretValue", "secretsmanager:RemoveRegionsFromReplication", "secretsmanager:ReplicateSecretToRegions"),
    )
}
