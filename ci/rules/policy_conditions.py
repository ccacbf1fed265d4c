"""Each statement asks for the conditions that belong to what it allows, word for word; none denies but access without TLS.

A condition more may keep everybody out; another operator or key (ForAllValues, IfExists) may let everybody in. A service that acts for
many customers could be made to act for another (the confused deputy).
"""

from collections.abc import Iterator, Mapping

from ci.model import Deployment
from ci.model.arns import ACCOUNT, arn, filled
from ci.model.deploying import CLOUDFORMATION, execution_role, needed, without_resource
from ci.model.identity import Statement, everywhere
from ci.rules import Finding
from templates import names
from templates.github import OIDC_HOST

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
REMEDY = "Write the statement with templates/policies.py, or add its condition here with the page that documents it."

Conditions = Mapping[str, Mapping[str, set[str]]]

NONE: Conditions = {}
EVERYBODY = {"*": ["*"]}
PLAIN = {"Bool": {"aws:SecureTransport": ["false"]}}
FOR_THIS_ACCOUNT: Conditions = {"StringEquals": {"aws:SourceAccount": {ACCOUNT}}}
BY_THIS_ACCOUNT: Conditions = {"StringEquals": {"aws:PrincipalAccount": {ACCOUNT}}}
# The resources for which a service takes on a role. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
# The others document no conditions for it:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
SOURCES = {
    "chatbot.amazonaws.com": "chatbot::{account}:*",
    "ecs-tasks.amazonaws.com": "ecs:{region}:{account}:*",
    "vpc-flow-logs.amazonaws.com": "ec2:{region}:{account}:vpc-flow-log/*",
}
# EventBridge supports none. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
WITHOUT = "events.amazonaws.com"
# The services to which the stacks hand roles.
PASSED_TO = {f"{service}.amazonaws.com" for service in ("ecs-tasks", "ecs", "vpc-flow-logs", "ec2", "chatbot")}
# Endpoints through which AWS itself calls, with links or agents of its own.
AWS_CALLS = (".s3", ".ecs", ".ecs-agent", ".ecs-telemetry")
# What gives a role permissions: whoever may do it to a role without the boundary can make itself an administrator.
MAKING = ("CreateRole", "PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary")
# The services in whose name AWS makes a role of its own, when the first resource of a type is created.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
LINKED = {
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "management.chatbot.amazonaws.com",
    "ops.apigateway.amazonaws.com",
    "rds.amazonaws.com",
    "wafv2.amazonaws.com",
}
# Keys have no names: the tags of the stack say whose they are, but on a new key only after minutes, and on AWS's own never.
# https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
UNTAGGED = {
    f"kms:{action}"
    for action in ("DescribeKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "TagResource")
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare every statement of every kind of policy with what its place, its principal or its actions ask for."""
    by_action = _by_action(deployment)
    for statement in everywhere(deployment):
        if statement.effect != "Allow":
            if (statement.principals, statement.conditions) != (EVERYBODY, PLAIN):
                yield Finding(statement.owner, "denies more than access without TLS.")
            continue
        asked = {operator: {key: set(values) for key, values in keys.items()} for operator, keys in statement.conditions.items()}
        principal = _by_principal(deployment, statement)
        for action in statement.actions:
            wanted = by_action.get(action, NONE) if principal is None else principal
            if asked != wanted:
                yield Finding(statement.owner, f"allows {action} on the conditions {_shown(asked)}, instead of {_shown(wanted)}.")
                break


def _by_principal(deployment: Deployment, statement: Statement) -> Conditions | None:
    """What whoever a statement lets in, or hands a role on to, asks for; None where its actions say it."""
    environment = deployment.environment
    wanted: Conditions | None = None
    match statement.principals:
        case {"Federated": _}:
            # https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
            subjects = {f"repo:{environment.account.github_repository}:{ref}" for ref in environment.account.github_refs}
            wanted = {"StringEquals": {f"{OIDC_HOST}:aud": {"sts.amazonaws.com"}}, "StringLike": {f"{OIDC_HOST}:sub": subjects}}
        case {"Service": services} if statement.actions == ["sts:AssumeRole"]:
            sources = {filled(environment, SOURCES[service]) for service in services if service in SOURCES}
            wanted = {**FOR_THIS_ACCOUNT, "ArnLike": {"aws:SourceArn": sources}} if sources else NONE
        case {"Service": services}:
            wanted = NONE if services == [WITHOUT] else FOR_THIS_ACCOUNT
        case {"*": _}:
            wanted = NONE if str(statement.owner.get("ServiceName")).endswith(AWS_CALLS) else BY_THIS_ACCOUNT
        case {"AWS": _}:
            # An account, which the rule resource-policies knows.
            wanted = NONE
        case _ if statement.resources == [arn(deployment, execution_role(deployment))]:
            wanted = {"StringEquals": {"iam:PassedToService": {CLOUDFORMATION}}}
    return wanted


def _by_action(deployment: Deployment) -> dict[str, Conditions]:
    """What a role's own statements ask for."""
    environment = deployment.environment
    boundary = filled(environment, f"iam::{{account}}:policy/{names.boundary(environment)}")
    keys = {action for actions in needed().values() for action in actions if action.startswith("kms:")}
    return {
        **{f"iam:{action}": {"StringEquals": {"iam:PermissionsBoundary": {boundary}}} for action in MAKING},
        "iam:PassRole": {"StringEquals": {"iam:PassedToService": PASSED_TO}},
        "iam:CreateServiceLinkedRole": {"StringLike": {"iam:AWSServiceName": LINKED}},
        **{
            action: {"StringEquals": {"aws:ResourceTag/Environment": {environment.name}}} for action in keys - UNTAGGED - without_resource()
        },
        # Decrypting goes through Secrets Manager alone: no role may use a key directly.
        "kms:Decrypt": {"StringEquals": {"kms:ViaService": {f"secretsmanager.{environment.region}.amazonaws.com"}}},
    }


def _shown(conditions: Conditions) -> str:
    lines = [f"{operator} {key} {', '.join(sorted(values))}" for operator, keys in conditions.items() for key, values in keys.items()]
    return f"({'; '.join(lines)})" if lines else "none"
