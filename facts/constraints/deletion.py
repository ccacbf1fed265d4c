"""What blocks a deletion, what goes with a resource, and what stays behind without harm."""

from facts.constraints.kinds import Lost, Protected

KEY_VALUE = "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"

# The template that was deployed counts: what is removed is not changed first.
# https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/744
# Beside the types whose facts say what protects them.
PROTECTED = (
    Protected(
        "AWS::DynamoDB::Table",
        ("DeletionProtectionEnabled",),
        "true",
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
    ),
    Protected(
        "AWS::EC2::Instance",
        ("DisableApiTermination",),
        "true",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingDisableAPITermination.html",
    ),
    Protected(
        "AWS::Logs::LogGroup",
        ("DeletionProtectionEnabled",),
        "true",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html",
    ),
    Protected(
        "AWS::RDS::DBCluster",
        ("DeletionProtection",),
        "true",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DeleteCluster.html",
    ),
)

LOST = (
    Lost(
        "AWS::ApiGateway::ApiKey",
        "its value is gone, and another key has another value",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-apikey.html",
    ),
    Lost(
        "AWS::Cognito::UserPool",
        "its users are gone",
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html",
        policy=True,
    ),
    Lost(
        "AWS::DynamoDB::Table",
        "its items are gone",
        "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html",
    ),
    Lost(
        "AWS::EFS::FileSystem",
        "its files are gone",
        "https://docs.aws.amazon.com/efs/latest/ug/delete-efs-fs.html",
    ),
    # Its tasks stop with it: those of another service are started beside them, by a deployment of its own.
    Lost(
        "AWS::ECS::Cluster",
        "all tasks in it stop",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html",
        word="interrupts",
    ),
    Lost(
        "AWS::ECS::Service",
        "its running tasks stop",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html",
        word="interrupts",
    ),
    Lost(
        "AWS::KMS::Key",
        "nothing that it encrypted can be read once its waiting period is over",
        KEY_VALUE,
    ),
    Lost(
        "AWS::Logs::LogGroup",
        "all that it holds is gone",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html",
    ),
    Lost(
        "AWS::RDS::DBInstance",
        "another one has not its data",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
        policy=True,
    ),
    Lost(
        "AWS::SecretsManager::Secret",
        "its value is gone",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html",
    ),
    Lost(
        "AWS::SQS::Queue",
        "the messages in it are gone",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html",
    ),
)

# A bucket or a registry with anything in it cannot be deleted, whatever the policy says.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-delete.html
HAS_CONTENT = ("AWS::ECR::Repository", "AWS::S3::Bucket")
# Kept or forgotten, these cost nothing and hold nothing.
# https://aws.amazon.com/iam/faqs/
HARMLESS = ("AWS::ApiGateway::Account", "AWS::IAM::ManagedPolicy", "AWS::IAM::OIDCProvider", "AWS::IAM::Policy", "AWS::IAM::Role")
# Deleted only when nothing uses it any more.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html
HELD_BY_USERS = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup",
)
