"""What is written down is encrypted: buckets, images, notifications, disks; and buckets are nobody's but ours.

The topic has a key of its own, because alarms cannot publish through the one that AWS manages.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-at-rest.html"
REMEDY = "Restore the property; buckets come from templates/buckets.py."

BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
ALGORITHM = ("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault", "SSEAlgorithm")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at buckets, registry, topic, key and disks."""
    bucket, why = "AWS::S3::Bucket", "a policy could open it to everybody"
    yield from expect(
        deployment,
        *(Expected(bucket, ("PublicAccessBlockConfiguration", block), True, why) for block in BLOCKS),
        # The log delivery of balancers knows no other keys than S3's own.
        Expected(bucket, ALGORITHM, "AES256", "objects are not encrypted, or access logs are not delivered"),
        Expected("AWS::ECR::Repository", ("EncryptionConfiguration", "EncryptionType"), "AES256", "images are not encrypted"),
        Expected("AWS::KMS::Key", ("EnableKeyRotation",), True, "the key never changes"),
        Expected("AWS::KMS::Key", ("PendingWindowInDays",), lambda days: days in (None, *range(7, 31)), "it is soon past recall"),
        Expected("AWS::EC2::Instance", ("BlockDeviceMappings",), lambda disks: len(disks) == 1, "another disk may not be encrypted"),
        Expected("AWS::EC2::Instance", ("BlockDeviceMappings", 0, "Ebs", "Encrypted"), True, "its disk is not encrypted"),
    )
    for resource in deployment.of(bucket):
        if resource.get("AccessControl") is not None:
            yield Finding(resource, "has an access control list; policies alone say who may use it.")
    for topic in deployment.of("AWS::SNS::Topic"):
        if topic.target("KmsMasterKeyId").type != "AWS::KMS::Key":
            yield Finding(topic, "is not encrypted by a key of ours, through which alarms can publish.")
