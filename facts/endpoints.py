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
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    "ecs": ("ecs", "ecs-agent", "ecs-telemetry"),
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
GATEWAYS = frozenset({"dynamodb", "s3"})
