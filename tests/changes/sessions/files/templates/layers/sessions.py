"""Sessions: a table whose items end by themselves."""

import awacs.dynamodb
from troposphere import GetAtt, Ref
from troposphere.dynamodb import AttributeDefinition, KeySchema, PointInTimeRecoverySpecification, Table, TimeToLiveSpecification

from templates.layer import Layer
from templates.measures import measure
from templates.settings import Environment


def sessions(environment: Environment) -> Layer:
    """The table; it outlives the stack."""
    layer = Layer("sessions", environment, "the sessions of the application's users")
    table = layer.add(
        Table(
            "Table",
            AttributeDefinitions=[AttributeDefinition(AttributeName="id", AttributeType="S")],
            KeySchema=[KeySchema(AttributeName="id", KeyType="HASH")],
            BillingMode="PAY_PER_REQUEST",
            TimeToLiveSpecification=TimeToLiveSpecification(AttributeName="ends", Enabled=True),
            PointInTimeRecoverySpecification=PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True),
            DeletionProtectionEnabled=environment.production,
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
        ),
        "The sessions",
    )
    layer.tells("SESSIONS_TABLE", Ref(table))
    dynamodb = awacs.dynamodb
    layer.lets_call("dynamodb", [dynamodb.DeleteItem, dynamodb.GetItem, dynamodb.PutItem], [GetAtt(table, "Arn")])
    layer.alarm("SessionsThrottled", "DynamoDB refuses writes", measure("WriteThrottleEvents", "Sum", table), above=0)
    return layer
