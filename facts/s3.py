"""S3's buckets."""

from facts.kinds import Data, Facts, Is, Name, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-"
BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

_ALL = (
    Facts(
        type="AWS::S3::Bucket",
        source=f"{PAGE}bucket.html",
        arns=("s3:::{name}", "s3:::{name}/*"),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
        contents=r"s3:(?!\w*Bucket)\w*(Object|Multipart)\w*",
        name=Name("BucketName", "world", longest=63),
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html: no bucket is without any more.
        at_rest=(
            Is(
                "BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.SSEAlgorithm",
                ("AES256", "aws:kms", "aws:kms:dsse"),
                default="AES256",
            ),
        ),
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
        private=(
            *(Is(f"PublicAccessBlockConfiguration.{block}", (True,), default=False) for block in BLOCKS),
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
            Is("AccessControl", pattern="(?!Public|Authenticated).*"),
        ),
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit
        plain=("s3:GetObject", "s3:PutObject"),
        # CloudFormation deletes no bucket with something in it: a first creation that fails may leave it.
        data=Data("its objects", ("Retain", "RetainExceptOnCreate")),
        roles=(Role("ReplicationConfiguration.Role", "s3.amazonaws.com"),),
        unused=(
            "s3:CreateBucketMetadata*",
            "s3:DeleteBucketMetadata*",
            "s3:Put*Acl",
            "s3:PutReplicationConfiguration",
            "s3:UpdateBucketMetadata*",
            "s3tables:*",
        ),
    ),
    Facts(
        type="AWS::S3::BucketPolicy",
        source=f"{PAGE}bucketpolicy.html",
        acts_on=("s3:::{Bucket}",),
        policies=("PolicyDocument",),
        protects="Bucket",
        refers={"Bucket": ("AWS::S3::Bucket", "Ref")},
    ),
)
FACTS = {each.type: each for each in _ALL}
