"""The VPC endpoints through which code inside the network calls AWS, by the prefix of the actions that they take.

https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

# com.amazonaws.REGION. stands before each name.
ENDPOINTS: dict[str, tuple[str, ...]] = {
    "application-autoscaling": ("application-autoscaling",),
    "athena": ("athena",),
    "cloudformation": ("cloudformation",),
    "cloudwatch": ("monitoring",),
    "cognito-idp": ("cognito-idp",),
    "dynamodb": ("dynamodb",),
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    "ecr": ("ecr.api", "ecr.dkr"),
    "ecs": ("ecs",),
    "elasticache": ("elasticache",),
    "elasticfilesystem": ("elasticfilesystem",),
    "elasticloadbalancing": ("elasticloadbalancing",),
    "events": ("events",),
    "execute-api": ("execute-api",),
    "firehose": ("kinesis-firehose",),
    "kinesis": ("kinesis-streams",),
    "kms": ("kms",),
    "lambda": ("lambda",),
    "logs": ("logs",),
    "rds": ("rds",),
    "rds-data": ("rds-data",),
    "s3": ("s3",),
    "scheduler": ("scheduler",),
    "secretsmanager": ("secretsmanager",),
    "ses": ("email-smtp",),
    "sns": ("sns",),
    "sqs": ("sqs",),
    "ssm": ("ssm",),
    "ssmmessages": ("ssmmessages",),
    "states": ("states",),
    "sts": ("sts",),
    "xray": ("xray",),
}
# These are gateway endpoints, in route tables, by a prefix list and without a price; the others are interface endpoints.
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
GATEWAYS = {"dynamodb": "DynamoDB", "s3": "S3"}
# Fargate's agent is AWS's own, in AWS's account: in regions that need these endpoints, it calls these of each.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEC2ContainerServiceforEC2Role.html
AGENT_ENDPOINTS = ("ecs", "ecs-agent", "ecs-telemetry")
AGENT_ACTIONS = (
    "ecs:DeregisterContainerInstance",
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:StartTelemetrySession",
    "ecs:SubmitAttachmentStateChanges",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
    "ecs:UpdateContainerInstancesState",
)
# ECR hands out links to an image's layers, which it signed itself.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
LAYERS_ENDPOINT = "s3"
LAYERS = ("s3:GetObject", "arn:aws:s3:::prod-{region}-starport-layer-bucket/*")
# Actions that take a resource, which is not there yet when the policy is written: an instance registers under an id of its own.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
ON_EVERYTHING = frozenset({"ssm:UpdateInstanceInformation", *AGENT_ACTIONS})
