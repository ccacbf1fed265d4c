"""Each role trusts the one service that takes it on, for this account's resources alone; GitHub's role trusts one repository's refs.

A service acts for many customers: without a condition it could be made to act for another (the confused deputy).
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.arns import ACCOUNT
from ci.model.identity import Statement, trust
from ci.rules import Finding
from templates.github import OIDC_HOST

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
REMEDY = "Write the trust with policies.trust, and a source where the service documents one."

# Services that document no condition keys for the roles that they take on.
WITHOUT_CONDITION = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    "apigateway.amazonaws.com",
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    "cloudformation.amazonaws.com",
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
    "ec2.amazonaws.com",
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
    "ecs.amazonaws.com",
}
# The resources for which each service takes a role on. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
SOURCES = {
    "chatbot.amazonaws.com": "arn:aws:chatbot::{account}:*",
    "ecs-tasks.amazonaws.com": "arn:aws:ecs:{region}:{account}:*",
    "vpc-flow-logs.amazonaws.com": "arn:aws:ec2:{region}:{account}:vpc-flow-log/*",
}
# Who takes on a role that stands at this property of this type.
TAKEN_BY = {
    ("AWS::ECS::TaskDefinition", "ExecutionRoleArn"): "ecs-tasks.amazonaws.com",
    ("AWS::ECS::TaskDefinition", "TaskRoleArn"): "ecs-tasks.amazonaws.com",
    ("AWS::EC2::FlowLog", "DeliverLogsPermissionArn"): "vpc-flow-logs.amazonaws.com",
    ("AWS::Chatbot::SlackChannelConfiguration", "IamRoleArn"): "chatbot.amazonaws.com",
    ("AWS::ApiGateway::Account", "CloudWatchRoleArn"): "apigateway.amazonaws.com",
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each role's trust with whoever it is handed to."""
    takers: dict[Resource, set[str]] = {}
    for (kind, name), service in TAKEN_BY.items():
        for resource in deployment.of(kind):
            takers.setdefault(resource.target(name), set()).add(service)
    for ecs in deployment.of("AWS::ECS::Service"):
        if ecs.get("LoadBalancers", 0, "AdvancedConfiguration"):
            takers.setdefault(ecs.target("LoadBalancers", 0, "AdvancedConfiguration", "RoleArn"), set()).add("ecs.amazonaws.com")
    for profile in deployment.of("AWS::IAM::InstanceProfile"):
        takers.setdefault(profile.target("Roles", 0), set()).add("ec2.amazonaws.com")
    for role in deployment.of("AWS::IAM::Role"):
        given = trust(deployment, role)
        if len(given) != 1:
            yield Finding(role, "does not trust just one.")
        for statement in given:
            yield from _closed(deployment, role, statement, takers.get(role, {"cloudformation.amazonaws.com"}))


def _closed(deployment: Deployment, role: Resource, statement: Statement, takers: set[str]) -> Iterator[Finding]:
    if "Federated" in statement.principals:
        yield from _github(deployment, role, statement)
        return
    services = statement.principals.get("Service", [])
    if set(services) != takers or set(statement.principals) != {"Service"}:
        yield Finding(role, f"trusts {statement.principals}, but is taken on by {', '.join(sorted(takers))}.")
    if statement.actions != ["sts:AssumeRole"] or statement.effect != "Allow":
        yield Finding(role, f"has a trust that is no plain sts:AssumeRole: {statement.effect} {', '.join(statement.actions)}.")
    if set(services) <= WITHOUT_CONDITION:
        return
    sources = [SOURCES.get(service, "").format(region=deployment.environment.region, account=ACCOUNT) for service in services]
    if statement.condition("aws:SourceAccount") != [ACCOUNT] or statement.condition("aws:SourceArn") != sources:
        yield Finding(role, f"may be taken on for another account's resources: not just {', '.join(sources)} of this account.")


def _github(deployment: Deployment, role: Resource, statement: Statement) -> Iterator[Finding]:
    settings = deployment.environment.account
    wanted = [f"repo:{settings.github_repository}:{ref}" for ref in settings.github_refs]
    if sorted(statement.condition(f"{OIDC_HOST}:sub")) != sorted(wanted):
        yield Finding(role, f"trusts other workflows on GitHub than {', '.join(wanted)}.")
    if statement.condition(f"{OIDC_HOST}:aud") != ["sts.amazonaws.com"]:
        yield Finding(role, "takes GitHub's tokens that were made for somebody else.")
    if statement.actions != ["sts:AssumeRoleWithWebIdentity"] or not statement.principals["Federated"][0].endswith(OIDC_HOST):
        yield Finding(role, "trusts another identity provider than GitHub's.")
