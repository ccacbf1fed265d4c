"""ElastiCache for Valkey."""

from facts.kinds import Answers, Beside, Data, Facts, Is, Member, Metrics, Name

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticache-"
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html
LINKED = ("elasticache.amazonaws.com",)
ARN = "elasticache:{region}:{account}:"
PERCENTAGES = ("CacheHitRate", "DatabaseMemoryUsagePercentage", "EngineCPUUtilization")

_ALL = (
    Facts(
        type="AWS::ElastiCache::ReplicationGroup",
        source=f"{PAGE}replicationgroup.html",
        # CloudFormation cuts the names that it makes to 40 characters: nothing of the stack's may be left.
        arns=(f"{ARN}replicationgroup:*", f"{ARN}cluster:*", f"{ARN}snapshot:*"),
        # https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
        name=Name("ReplicationGroupId", "region", longest=40),
        member=Member("SecurityGroupIds", "SubnetIds", subnets_through="CacheSubnetGroupName"),
        # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
        answers=(
            Answers(
                "Port",
                tls=(
                    Is("TransitEncryptionEnabled", (True,), default=False),
                    # "preferred" takes plain connections too.
                    Is("TransitEncryptionMode", ("required",), default="required"),
                ),
                default_port=6379,
            ),
        ),
        # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
        at_rest=(Is("AtRestEncryptionEnabled", (True,), default=False),),
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
        data=Data("what it caches", ("Snapshot", "Retain", "RetainExceptOnCreate")),
        linked_roles=LINKED,
        refers={"CacheSubnetGroupName": ("AWS::ElastiCache::SubnetGroup", "Ref")},
        # Its nodes are called after it. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
        metrics=(
            Metrics(
                "AWS/ElastiCache",
                {"CacheClusterId": "{Ref}-001"},
                (*PERCENTAGES, "CurrConnections", "Evictions"),
                percentages=PERCENTAGES,
            ),
        ),
        # What creates it names its groups too.
        beside=(Beside(("elasticache:CreateReplicationGroup",), (f"{ARN}parametergroup:*", f"{ARN}subnetgroup:{{stack}}-*")),),
        # Logs, snapshots in S3 and keys of one's own.
        unused=("firehose:*", "kms:*", "logs:*", "s3:*"),
    ),
    Facts(
        type="AWS::ElastiCache::SubnetGroup",
        source=f"{PAGE}subnetgroup.html",
        arns=(f"{ARN}subnetgroup:{{name}}",),
        name=Name("CacheSubnetGroupName", "region", longest=255),
        refers={"SubnetIds": ("AWS::EC2::Subnet", "Ref")},
    ),
)
FACTS = {each.type: each for each in _ALL}
