"""Alarms, events and the budget can publish to the topic, through its key, and somebody hears it.

A publisher without a permission on the topic, or on its key, fails without a word.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.arns import arn
from ci.model.identity import allowed, statements
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services"
REMEDY = "Correct templates/monitoring/, where the publishers are listed once."

PUBLISHERS = ("cloudwatch", "events", "budgets")
# Without these nobody could change or delete the key any more.
ADMINISTRATION = (
    "CancelKeyDeletion",
    "PutKeyPolicy",
    "DescribeKey",
    "ScheduleKeyDeletion",
    "GetKeyPolicy",
    "EnableKeyRotation",
    "TagResource",
)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the policies of topic and key, at who publishes, and at who listens."""
    topic = deployment.only("AWS::SNS::Topic")
    key, policy = topic.target("KmsMasterKeyId"), deployment.only("AWS::SNS::TopicPolicy")
    if policy.get("Topics") != [Reference(topic)]:
        yield Finding(policy, "is not the topic's.")
    given = {
        policy: statements(deployment, policy, policy.need("PolicyDocument")),
        key: statements(deployment, key, key.need("KeyPolicy")),
    }
    needs = {policy: ("sns:Publish",), key: ("kms:Decrypt", "kms:GenerateDataKey")}
    for publisher in PUBLISHERS:
        service = f"{publisher}.amazonaws.com"
        for resource, actions in needs.items():
            own = [statement for statement in given[resource] if service in statement.principals.get("Service", [])]
            for action in actions:
                target = own[0].resources[0] if own else "*"
                if not allowed(own, action, target):
                    yield Finding(resource, f"does not let {service} do {action}.")
        if any(statement.resources != [arn(deployment, topic)] for statement in given[policy]):
            yield Finding(policy, "speaks of something else than its topic.")
    # In a key's policy a star is the key; it speaks of no other.
    if any(statement.resources != ["*"] for statement in given[key]):
        yield Finding(key, "has a statement that is not about the key.")
    root = [statement for statement in given[key] if "AWS" in statement.principals]
    for action in ADMINISTRATION:
        if not allowed(root, f"kms:{action}", "*"):
            yield Finding(key, f"lets nobody do kms:{action}: it could never be changed again.")
