"""The topic that all notifications go to, encrypted by a key that the services which publish may use."""

from collections.abc import Sequence

import awacs.kms
import awacs.sns
from awacs.aws import Action, Bool, Condition, Principal, Statement, StringEquals
from troposphere import Ref, Sub
from troposphere.kms import Key
from troposphere.sns import SubscriptionResource, Topic, TopicPolicy

from templates import policies
from templates.layer import TOPIC, Layer

# Alarms cannot publish through the key that AWS manages.
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")
# EventBridge supports no conditions on a topic.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
PUBLISHERS_WITHOUT_CONDITION = ("events.amazonaws.com",)

# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse
USE = [awacs.kms.Decrypt, awacs.kms.GenerateDataKey]
KEY_ADMINISTRATION = [
    awacs.kms.CancelKeyDeletion,
    awacs.kms.DescribeKey,
    awacs.kms.DisableKey,
    awacs.kms.EnableKey,
    awacs.kms.EnableKeyRotation,
    awacs.kms.GetKeyPolicy,
    awacs.kms.GetKeyRotationStatus,
    awacs.kms.ListResourceTags,
    awacs.kms.PutKeyPolicy,
    awacs.kms.ScheduleKeyDeletion,
    awacs.kms.TagResource,
    awacs.kms.UntagResource,
    awacs.kms.UpdateKeyDescription,
]


def topic(layer: Layer) -> Topic:
    """Key, topic, its policy and the e-mail subscription."""
    root = Principal("AWS", policies.arn("iam", "root", region=False))
    key = layer.add(
        Key(
            "TopicKey",
            Description="Encrypts notifications",
            EnableKeyRotation=True,
            PendingWindowInDays=7,
            # In a key's policy "*" is the key itself. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
            KeyPolicy=policies.document(
                policies.allow(KEY_ADMINISTRATION, ["*"], Principal=root),
                # Whoever may publish to the topic can send a test message.
                policies.allow(
                    USE,
                    ["*"],
                    Condition(StringEquals("kms:ViaService", Sub("sns.${AWS::Region}.amazonaws.com"))),
                    Principal=root,
                ),
                *_publishers(USE, "*"),
            ),
        ),
        "Encrypts the notifications",
    )
    notifications = layer.add(Topic("Topic", KmsMasterKeyId=Ref(key)), "Where all notifications go")
    layer.add(
        TopicPolicy(
            "TopicPolicy",
            Topics=[Ref(notifications)],
            PolicyDocument=policies.document(
                *_publishers([awacs.sns.Publish], Ref(notifications)),
                policies.deny(
                    [awacs.sns.Publish], [Ref(notifications)], Condition(Bool("aws:SecureTransport", False)), Principal=Principal("*")
                ),
            ),
        ),
        "Lets alarms, events and the budget publish",
    )
    if layer.environment.monitoring.email:
        layer.add(
            SubscriptionResource("Email", TopicArn=Ref(notifications), Protocol="email", Endpoint=layer.environment.monitoring.email),
            "Notifications by e-mail, once the address has confirmed",
        )
    layer.provides(TOPIC, Ref(notifications), "The topic of all notifications", published=True)
    return notifications


def _publishers(actions: Sequence[Action], resource: object) -> list[Statement]:
    ours = Condition(StringEquals("aws:SourceAccount", policies.ACCOUNT))
    return [
        policies.allow(actions, [resource], ours, Principal=Principal("Service", list(PUBLISHERS))),
        policies.allow(actions, [resource], Principal=Principal("Service", list(PUBLISHERS_WITHOUT_CONDITION))),
    ]
