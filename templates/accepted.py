"""What checkov asks for and the templates leave out, each with the reason, which stands in the resource's Metadata.

Source: https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from troposphere import AWSObject
from troposphere.apigateway import Method, Stage
from troposphere.ecr import Repository
from troposphere.elasticloadbalancingv2 import Listener, LoadBalancer
from troposphere.iam import ManagedPolicy, Role
from troposphere.logs import LogGroup
from troposphere.rds import DBInstance
from troposphere.s3 import Bucket


class Accepted(NamedTuple):
    """A check of checkov, the resources for which it is left out, and why."""

    check: str
    type: type[AWSObject]
    applies: Callable[[Any], bool]
    reason: str


def _always(_: AWSObject) -> bool:
    return True


def _boundary_of_a_bastion(policy: ManagedPolicy) -> bool:
    """Whether it is the permissions boundary, with what the bastion's agent calls: the one write on any resource that checkov counts."""
    actions = (action for statement in policy.PolicyDocument.Statement for action in statement.Action)
    return policy.title == "Boundary" and any(action.prefix == "ssm" for action in actions)


ACCEPTED = (
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html#set-up-access-logging-permissions
    Accepted(
        "CKV_AWS_111",
        Role,
        lambda role: role.title == "ApiGatewayLogRole",
        "one role for the logs of every API of the account, with the permissions that API Gateway asks for",
    ),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
    Accepted(
        "CKV_AWS_111",
        Role,
        # The bastion's: its layer has no other.
        lambda role: role.title == "Role",
        "what the agent of Session Manager calls has no resource that could be named before the instance exists",
    ),
    Accepted("CKV_AWS_111", ManagedPolicy, _boundary_of_a_bastion, "a permissions boundary limits, and grants nothing"),
    Accepted(
        "CKV_AWS_59",
        Method,
        lambda method: (
            getattr(method, "AuthorizationType", "NONE") == "NONE"
            and method.HttpMethod != "OPTIONS"
            and not getattr(method, "ApiKeyRequired", False)
        ),
        "reading is open; who may write is a setting",
    ),
    Accepted("CKV_AWS_120", Stage, _always, "a cache costs by the hour, and would answer what editors have changed since"),
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    Accepted("CKV_AWS_136", Repository, _always, "encrypted by ECR's own key; one of ours would cost each month and each pull"),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/data-protection.html
    Accepted("CKV_AWS_158", LogGroup, _always, "encrypted by CloudWatch's own key; one of ours would cost each month and each request"),
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html
    Accepted(
        "CKV_AWS_16",
        DBInstance,
        lambda instance: hasattr(instance, "DBSnapshotIdentifier"),
        "it is encrypted as its snapshot is, which preflight looks at",
    ),
    Accepted("CKV_AWS_157", DBInstance, lambda instance: not getattr(instance, "MultiAZ", False), "one zone is this environment's setting"),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.overview.html
    Accepted("CKV_AWS_118", DBInstance, _always, "it writes to a log group of the whole account; RDS's own metrics have the alarms"),
    Accepted("CKV_AWS_161", DBInstance, _always, "the one way in is the password that RDS makes and rotates"),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
    Accepted("CKV_AWS_18", Bucket, _always, "would need another bucket, which had none; CloudTrail tells who changes buckets"),
    Accepted("CKV_AWS_21", Bucket, lambda bucket: bucket.title == "AccessLogs", "a log file is written once, and expires"),
    Accepted(
        "CKV_AWS_2",
        Listener,
        lambda listener: getattr(listener, "Protocol", "") == "HTTP",
        'internal; encryption = "end_to_end" has HTTPS here',
    ),
    Accepted(
        "CKV_AWS_103",
        Listener,
        lambda listener: getattr(listener, "Protocol", "") == "HTTP",
        'internal; encryption = "end_to_end" has TLS 1.2 here',
    ),
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html
    Accepted(
        "CKV_AWS_91",
        LoadBalancer,
        lambda balancer: getattr(balancer, "Type", "") == "network",
        "an NLB logs TLS listeners alone; this one's is TCP",
    ),
)


def accepted(resource: AWSObject) -> list[dict[str, str]]:
    """The checks that are left out for a resource, as checkov reads them in its Metadata."""
    return [{"id": each.check, "comment": each.reason} for each in ACCEPTED if isinstance(resource, each.type) and each.applies(resource)]
