"""The execution role makes no role without the boundary, and hands each role to the one service that trusts it.

Whoever may make or hand on a role without such limits can make itself an administrator.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.arns import ACCOUNT, arn
from ci.model.deploying import created, execution_role, services
from ci.model.identity import permissions
from ci.rules import Finding
from templates import names

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"
REMEDY = "Correct templates/bootstrap/execution_role.py."

# What gives a role permissions: allowed only while the role carries the boundary.
MAKING = {"CreateRole", "PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary"}
# The service in whose name AWS makes a role of its own, when the first resource of a type is created.
LINKED = {
    "AWS::ApiGateway::RestApi": "ops.apigateway.amazonaws.com",
    "AWS::ApplicationAutoScaling::ScalableTarget": "ecs.application-autoscaling.amazonaws.com",
    "AWS::Chatbot::SlackChannelConfiguration": "management.chatbot.amazonaws.com",
    "AWS::ECS::Cluster": "ecs.amazonaws.com",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "elasticloadbalancing.amazonaws.com",
    "AWS::RDS::DBInstance": "rds.amazonaws.com",
    "AWS::WAFv2::WebACL": "wafv2.amazonaws.com",
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Follow the chain: make, hand on, and let AWS make its own."""
    role = execution_role(deployment)
    given = permissions(deployment, role)
    boundary = [f"arn:aws:iam::{ACCOUNT}:policy/{names.boundary(deployment.environment)}"]
    own = {f"arn:aws:iam::{ACCOUNT}:{kind}/{names.stack(deployment.environment)}-*" for kind in ("role", "instance-profile")}
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/*"
    for statement in given:
        actions = {action.removeprefix("iam:") for action in statement.actions if action.startswith("iam:")}
        if actions & MAKING and statement.condition("iam:PermissionsBoundary") != boundary:
            yield Finding(role, f"may do {', '.join(sorted(actions & MAKING))} to roles without the boundary.")
        if "PassRole" in actions and not statement.condition("iam:PassedToService"):
            yield Finding(role, "may hand roles to any service.")
        if actions and not set(statement.resources) <= (own if "CreateServiceLinkedRole" not in actions else {linked}):
            yield Finding(role, f"may do {', '.join(sorted(actions))} beyond this environment's roles.")
    allowing = [statement for statement in given if statement.effect == "Allow"]
    for passed in created(deployment):
        if passed.type == "AWS::IAM::Role":
            trusted = services(deployment, passed)
            hands = [statement for statement in allowing if statement.covers("iam:PassRole", arn(deployment, passed))]
            if not any(trusted <= set(statement.condition("iam:PassedToService")) for statement in hands):
                yield Finding(role, f"may not hand {passed.label} to {', '.join(sorted(trusted))}.")
    for kind, service in LINKED.items():
        makes = [statement for statement in allowing if statement.covers("iam:CreateServiceLinkedRole", linked)]
        if not any(service in statement.condition("iam:AWSServiceName") for statement in makes):
            yield Finding(role, f"may not let {service} make its own role, which the first {kind} of an account needs.")
