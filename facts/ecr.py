"""ECR's repositories."""

from facts.kinds import Data, Facts, Is, Name

FACTS = {
    "AWS::ECR::Repository": Facts(
        type="AWS::ECR::Repository",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html",
        arns=("ecr:{region}:{account}:repository/{name}",),
        name=Name("RepositoryName", "region"),
        # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
        at_rest=(Is("EncryptionConfiguration.EncryptionType", ("AES256", "KMS", "KMS_DSSE"), default="AES256"),),
        data=Data("its images", ("RetainExceptOnCreate", "Retain")),
        policies=("RepositoryPolicyText",),
        unused=("kms:*",),
    )
}
