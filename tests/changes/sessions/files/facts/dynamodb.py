"""DynamoDB's tables."""

from facts.kinds import Data, Facts, Is, Metrics, Name

FACTS = {
    "AWS::DynamoDB::Table": Facts(
        type="AWS::DynamoDB::Table",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html",
        arns=("dynamodb:{region}:{account}:table/{name}", "dynamodb:{region}:{account}:table/{name}/*"),
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
        name=Name("TableName", "region", longest=255),
        # Everything is encrypted whatever is set. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
        data=Data(
            "its items",
            ("Retain", "RetainExceptOnCreate"),
            backups=(Is("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", (True,), default=False),),
        ),
        protection=Is("DeletionProtectionEnabled", (True,), default=False),
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
        metrics=(
            Metrics(
                "AWS/DynamoDB",
                {"TableName": "Ref"},
                ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"),
                counts=("ReadThrottleEvents", "WriteThrottleEvents"),
            ),
        ),
        # Imports, streams to Kinesis and keys of one's own; and reading and writing items.
        unused=("kinesis:*", "kms:*", "logs:*", "s3:*", "dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan"),
    )
}
