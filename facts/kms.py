"""KMS's keys."""

from facts.kinds import Facts, Is, Safeguard

FACTS = {
    "AWS::KMS::Key": Facts(
        type="AWS::KMS::Key",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html",
        # Keys have no names: the stack's tags say whose they are.
        arns=("kms:{region}:{account}:key/*",),
        policies=("KeyPolicy",),
        # https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
        safeguards=(Safeguard(Is("Enabled", (True,), default=True), "nothing can be encrypted, or read again"),),
        at_rest=(Is("EnableKeyRotation", (True,), default=False),),
    )
}
