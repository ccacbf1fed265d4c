"""The role with which CloudFormation creates the stacks: what the resource types need, on what belongs to the environment."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import awacs.cloudformation
import awacs.iam
import awacs.rds
import awacs.route53
import awacs.s3
import awacs.ssm
from awacs.aws import Action, Condition, Statement, StringEquals, StringLike
from troposphere import Ref, Sub
from troposphere.iam import ManagedPolicy, Role

from facts import reference
from templates import names, policies
from templates.encoding import encode
from templates.layer import Layer
from templates.roles import role
from templates.settings import Environment

# A managed policy holds 6144 characters without white space; pseudo parameters grow when they are resolved.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
POLICY_CHARACTERS = 5600

# Services to which the stacks hand a role.
PASSED_TO = ("ecs-tasks", "ecs", "vpc-flow-logs", "ec2", "chatbot")

# Services that make a role of their own in the account when they are used for the first time.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
LINKED_ROLES = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "management.chatbot.amazonaws.com",
    "ops.apigateway.amazonaws.com",
    "rds.amazonaws.com",
    "wafv2.amazonaws.com",
)

# What nested stacks take beside their handler's permissions.
NESTED = [
    awacs.cloudformation.CreateChangeSet,
    awacs.cloudformation.DeleteChangeSet,
    awacs.cloudformation.DescribeChangeSet,
    awacs.cloudformation.ExecuteChangeSet,
    awacs.cloudformation.TagResource,
    awacs.cloudformation.UntagResource,
]


def execution_role(layer: Layer) -> Role:
    """The role and its policies, as many as their size makes necessary."""
    execution = role(
        layer,
        "ExecutionRole",
        "With this CloudFormation creates the stacks",
        # CloudFormation documents no condition keys for this trust.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
        policies.trust("cloudformation.amazonaws.com", source=None),
        bounded=False,
    )
    for number, statements in enumerate(_portions([*_statements(layer.environment), *_roles(layer.environment)]), start=1):
        layer.add(
            ManagedPolicy(
                f"ExecutionPolicy{number}",
                Description="What CloudFormation may do to create the stacks",
                Roles=[Ref(execution)],
                PolicyDocument=policies.document(*statements),
            ),
            f"What CloudFormation may do, part {number}",
        )
    return execution


# Their handlers look at what there is before they know a name.
LOOKS_AROUND = {
    "cloudwatch": [policies.arn("cloudwatch", "alarm:*"), policies.arn("cloudwatch", "dashboard/*", region=False)],
    "rds": [policies.arn("rds", "*")],
}


def _scopes(environment: Environment) -> dict[str, list[Any]]:
    """For each service, the resources of this environment: by the stack's name where CloudFormation's names begin with it."""
    stack, arn = names.stack(environment), policies.arn

    def gateway(path: str) -> Sub:
        return arn("apigateway", path, account=False)

    return {
        "apigateway": [gateway(f"/{path}*") for path in ("restapis", "vpclinks", "domainnames", "usageplans", "apikeys", "tags/")],
        "application-autoscaling": [arn("application-autoscaling", "scalable-target/*")],
        "billing": [arn("billing", "billingview/*", region=False)],
        "budgets": [arn("budgets", "budget/*", region=False)],
        "chatbot": [arn("chatbot", f"chat-configuration/slack-channel/{stack}", region=False)],
        "cloudformation": [arn("cloudformation", f"stack/{stack}-*"), arn("cloudformation", f"stack/{stack}/*")],
        # Auto scaling makes alarms of its own for a target, with the permissions of whoever sets the target.
        # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
        "cloudwatch": [
            *(arn("cloudwatch", f"alarm:{name}-*") for name in (stack, "TargetTracking")),
            arn("cloudwatch", "dashboard/*", region=False),
        ],
        "cognito-idp": [arn("cognito-idp", "userpool/*")],
        "ec2": [arn("ec2", "*"), arn("ec2", "image/*", account=False)],
        "ecs": [arn("ecs", f"{kind}/{stack}-*") for kind in ("cluster", "service", "service-deployment", "task-definition")],
        "elasticloadbalancing": [
            arn("elasticloadbalancing", f"{kind}/*") for kind in ("loadbalancer", "listener", "listener-rule", "targetgroup")
        ],
        "events": [arn("events", f"rule/{stack}-*")],
        "kms": [arn("kms", "key/*")],
        "logs": [
            arn("logs", f"log-group:{group}")
            for group in (
                f"{stack}-*",
                *(f"/aws/rds/instance/{name}/*" for name in names.database_instances(environment)),
                f"/aws/ecs/containerinsights/{stack}-*",
                f"{names.waf_log_group(environment)}*",
            )
        ],
        "rds": [
            *(arn("rds", f"db:{name}") for name in names.database_instances(environment)),
            *(arn("rds", f"{kind}:{stack}-*") for kind in ("pg", "snapshot", "subgrp")),
            arn("rds", "og:default*"),
        ],
        "s3": [arn("s3", f"{stack}-*", region=False, account=False)],
        "secretsmanager": [arn("secretsmanager", "secret:rds!db-*")],
        "sns": [arn("sns", f"{stack}-*")],
        "ssm": [arn("ssm", "*")],
        "wafv2": [arn("wafv2", "regional/*"), gateway("/restapis/*/stages/*")],
    }


def _statements(environment: Environment) -> Iterator[Statement]:
    """A statement a service for what takes a resource, and for what takes none one over all services."""
    by_service, without_resource = _needed()
    scopes = _scopes(environment)
    for service, actions in by_service.items():
        if service in LOOKS_AROUND:
            yield policies.allow(filter(_reads, actions), LOOKS_AROUND[service])
        if service == "kms":
            # Keys have no names: the stack's tags say whose they are.
            yield policies.allow(filter(_before_tags, actions), scopes[service])
            ours = Condition(StringEquals("aws:ResourceTag/Environment", environment.name))
            yield policies.allow([action for action in actions if not _before_tags(action)], scopes[service], ours)
        else:
            yield policies.allow([action for action in actions if service not in LOOKS_AROUND or not _reads(action)], scopes[service])
    yield policies.allow(without_resource, ["*"])
    if snapshot := environment.database.snapshot:
        stack, instance = names.stack(environment), names.database_instance(environment)
        touched = (f"db:{instance}", f"snapshot:{snapshot}", f"pg:{stack}-*", f"subgrp:{stack}-*", "og:default*")
        yield policies.allow([awacs.rds.RestoreDBInstanceFromDBSnapshot], [policies.arn("rds", name) for name in touched])
    # The nested stacks carry tags, and have change sets of their own where somebody asks for those; their handler lists neither.
    yield policies.allow(NESTED, scopes["cloudformation"])
    # EC2 asks for it when an endpoint has private DNS. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    yield policies.allow([awacs.route53.AssociateVPCWithHostedZone], [policies.arn("route53", "hostedzone/*", region=False, account=False)])
    # Packaged templates, and the newest image of the bastion.
    yield policies.allow([awacs.s3.GetObject], [Sub("${Artifacts.Arn}/*")])
    images = policies.arn("ssm", "parameter/aws/service/ami-amazon-linux-latest/*", account=False)
    yield policies.allow([awacs.ssm.GetParameters], [images])


def _roles(environment: Environment) -> Iterator[Statement]:
    """Roles of the environment alone, none without the boundary, handed to the services that the stacks use."""
    iam = awacs.iam
    roles = policies.arn("iam", f"role/{names.stack(environment)}-*", region=False)
    profiles = policies.arn("iam", f"instance-profile/{names.stack(environment)}-*", region=False)
    bounded = Condition(StringEquals("iam:PermissionsBoundary", policies.boundary(environment)))
    yield policies.allow(
        [
            iam.CreateRole,
            iam.PutRolePolicy,
            iam.DeleteRolePolicy,
            iam.AttachRolePolicy,
            iam.DetachRolePolicy,
            iam.PutRolePermissionsBoundary,
        ],
        [roles],
        bounded,
    )
    yield policies.allow(
        [
            iam.DeleteRole,
            iam.GetRole,
            iam.GetRolePolicy,
            iam.ListAttachedRolePolicies,
            iam.ListRolePolicies,
            iam.TagRole,
            iam.UntagRole,
            iam.UpdateAssumeRolePolicy,
            iam.UpdateRole,
            iam.UpdateRoleDescription,
        ],
        [roles],
    )
    yield policies.allow(
        [
            iam.AddRoleToInstanceProfile,
            iam.CreateInstanceProfile,
            iam.DeleteInstanceProfile,
            iam.GetInstanceProfile,
            iam.RemoveRoleFromInstanceProfile,
        ],
        [profiles],
    )
    yield policies.allow(
        [iam.PassRole], [roles], Condition(StringEquals("iam:PassedToService", [f"{service}.amazonaws.com" for service in PASSED_TO]))
    )
    yield policies.allow(
        [iam.CreateServiceLinkedRole],
        [policies.arn("iam", "role/aws-service-role/*", region=False)],
        Condition(StringLike("iam:AWSServiceName", list(LINKED_ROLES))),
    )


def _before_tags(action: Action) -> bool:
    """Whether a key without our tag takes it: AWS's own (for the database's secret), and one of ours in its first minutes.

    Tags work up to five minutes later. https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
    """
    return _reads(action) or action.action in ("EnableKeyRotation", "TagResource")


def _reads(action: Action) -> bool:
    return str(action.action).startswith(("Describe", "Get", "List"))


@cache
def _needed() -> tuple[dict[str, list[Action]], list[Action]]:
    """The actions of each service that take a resource, and the actions of all services that take none."""
    permissions = reference.permissions()
    by_service: dict[str, list[Action]] = {}
    for name in sorted({name for needed in permissions.resource_types.values() for name in needed} - permissions.without_resource):
        service, action = name.split(":")
        # Roles have statements of their own.
        if service != "iam":
            by_service.setdefault(service, []).append(Action(service, action))
    return by_service, [Action(*name.split(":")) for name in sorted(permissions.without_resource)]


def _portions(statements: list[Statement]) -> Iterator[list[Statement]]:
    portion: list[Statement] = []
    size = 0
    for statement in statements:
        characters = len(encode(statement))
        if portion and size + characters > POLICY_CHARACTERS:
            yield portion
            portion, size = [], 0
        portion.append(statement)
        size += characters
    yield portion
