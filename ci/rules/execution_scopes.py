"""What the execution role may do, it may do to this environment's resources, by the names that CloudFormation gives them, and no others.

A pattern that matches no resource denies at deploy time what the list of actions seems to allow; a wider one reaches what is not ours.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import facts
from ci.model import Deployment, Resource
from ci.model.arns import arn, filled
from ci.model.deploying import created, execution_role, needed, without_resource
from ci.model.identity import Statement, allowed, by_action, permissions
from ci.rules import Finding
from templates import names

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
REMEDY = "Correct the scopes in templates/layers/bootstrap/execution_role.py, or the list here."

# What IAM sees of resources whose ARN is not in facts/, or that AWS names itself; of some services one type stands for all.
SCOPES = {
    "AWS::ApiGateway::ApiKey": "apigateway:{region}::/apikeys*",
    "AWS::ApiGateway::DomainName": "apigateway:{region}::/domainnames*",
    "AWS::ApiGateway::Method": "apigateway:{region}::/restapis*",
    "AWS::ApiGateway::RestApi": "apigateway:{region}::/restapis*",
    "AWS::ApiGateway::Stage": "apigateway:{region}::/restapis*",
    "AWS::ApiGateway::UsagePlan": "apigateway:{region}::/usageplans*",
    "AWS::ApiGateway::VpcLink": "apigateway:{region}::/vpclinks*",
    "AWS::ApiGatewayV2::VpcLink": "apigateway:{region}::/vpclinks*",
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling:{region}:{account}:scalable-target/*",
    "AWS::Budgets::Budget": "budgets::{account}:budget/*",
    "AWS::Chatbot::SlackChannelConfiguration": "chatbot::{account}:chat-configuration/slack-channel/{stack}",
    "AWS::CloudFormation::Stack": "cloudformation:{region}:{account}:stack/{stack}-*",
    "AWS::CloudWatch::Dashboard": "cloudwatch::{account}:dashboard/*",
    "AWS::EC2::VPC": "ec2:{region}:{account}:*",
    "AWS::IAM::InstanceProfile": "iam::{account}:instance-profile/{stack}-*",
    "AWS::IAM::Role": "iam::{account}:role/{stack}-*",
    "AWS::RDS::DBParameterGroup": "rds:{region}:{account}:pg:{stack}-*",
    "AWS::RDS::DBSubnetGroup": "rds:{region}:{account}:subgrp:{stack}-*",
    "AWS::WAFv2::WebACL": "wafv2:{region}:{account}:regional/*",
}
LINKED = "iam::{account}:role/aws-service-role/*"
# What AWS asks of whoever creates a resource of the type, about something that is not the resource.
BESIDES = {
    "AWS::ApiGateway::RestApi": (("apigateway:PUT", "apigateway:{region}::/tags/*"),),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        ("cloudwatch:PutMetricAlarm", "cloudwatch:{region}:{account}:alarm:TargetTracking-*"),
        ("iam:CreateServiceLinkedRole", LINKED),
    ),
    "AWS::Budgets::Budget": (("billing:GetBillingViewData", "billing::{account}:billingview/*"),),
    "AWS::CloudFormation::Stack": tuple(
        (f"cloudformation:{action}", "cloudformation:{region}:{account}:stack/{stack}-*")
        for action in ("TagResource", "CreateChangeSet", "ExecuteChangeSet")
    ),
    "AWS::EC2::Instance": (
        ("ec2:RunInstances", "ec2:{region}::image/*"),
        ("ssm:GetParameters", "ssm:{region}::parameter/aws/service/ami-amazon-linux-latest/*"),
    ),
    "AWS::EC2::VPCEndpoint": (("route53:AssociateVPCWithHostedZone", "route53:::hostedzone/*"),),
    "AWS::ECS::Service": (("ecs:DescribeServiceDeployments", "ecs:{region}:{account}:service-deployment/{stack}-*"),),
    "AWS::IAM::Role": (("iam:PassRole", "iam::{account}:role/{stack}-*"),),
    "AWS::RDS::DBInstance": (
        ("rds:CreateDBInstance", "rds:{region}:{account}:og:default*"),
        ("rds:CreateDBSnapshot", "rds:{region}:{account}:snapshot:{stack}-*"),
        ("secretsmanager:CreateSecret", "secretsmanager:{region}:{account}:secret:rds!db-*"),
    ),
    "AWS::WAFv2::WebACLAssociation": (("wafv2:AssociateWebACL", "apigateway:{region}::/restapis/*/stages/*"),),
}
# What may stand there too: the root stack's own name, instances' associations, and groups that AWS names after what writes there.
ALSO = {
    "cloudformation": ("cloudformation:{region}:{account}:stack/{stack}/*",),
    "logs": ("logs:{region}:{account}:log-group:/aws/ecs/containerinsights/{stack}-*",),
    "ssm": ("ssm:{region}:{account}:*",),
}
# Handlers look at what there is before they know a name.
LOOKS = {"cloudwatch": "cloudwatch:{region}:{account}:alarm:*", "rds": "rds:{region}:{account}:*"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Ask of each resource whether its service's actions are allowed on its ARN, and of each ARN that is allowed whether it is ours."""
    role = execution_role(deployment)
    statements = permissions(deployment, role)
    yield from (Finding(role, end) for end in _wide(deployment, statements))
    given = by_action(statements)
    seen: set[tuple[str, str]] = set()
    # Of all types that the settings can switch on, so that bootstrap need not be deployed again before they do.
    switched_off = ((kind, [filled(deployment.environment, pattern)]) for kind, pattern in SCOPES.items())
    for kind, own in (*((resource.type, _arns(deployment, resource)) for resource in created(deployment)), *switched_off):
        if not own or (kind, own[0]) in seen:
            continue
        seen.add((kind, own[0]))
        for action in needed().get(kind, []):
            wanted = ["*"] if action in without_resource() else own
            foreign = wanted is own and action.split(":")[0] != own[0].split(":")[2]
            if not foreign and not any(allowed(given.get(action, ()), action, each) for each in wanted):
                yield Finding(role, f"may not do {action} to {wanted[0]}, which a {kind} needs.")
    beside = [(action, filled(deployment.environment, pattern)) for others in BESIDES.values() for action, pattern in others]
    for action, resource in (*beside, *_packaged(deployment), *_snapshot(deployment)):
        if not allowed(given.get(action, ()), action, resource):
            yield Finding(role, f"may not do {action} to {resource}.")


def _packaged(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Where the templates are."""
    yield "s3:GetObject", f"{arn(deployment, deployment.templates['bootstrap'].resources['Artifacts'])}/*"


def _snapshot(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """What a database that is made from a snapshot takes, and the end of the one that it replaces."""
    environment = deployment.environment
    rds = filled(environment, "rds:{region}:{account}:")
    if snapshot := environment.database.snapshot:
        instance, stack = names.database_instance(environment), names.stack(environment)
        for resource in (f"snapshot:{snapshot}", f"db:{instance}", f"pg:{stack}-*", f"subgrp:{stack}-*", "og:default*"):
            yield "rds:RestoreDBInstanceFromDBSnapshot", f"{rds}{resource}"
        yield "rds:DeleteDBInstance", f"{rds}db:{stack}"


def _wide(deployment: Deployment, given: list[Statement]) -> Iterator[str]:
    """What is allowed beyond the patterns of the tables, which stand for all of a service's actions, or for one alone."""
    widest = _widest(deployment)
    known: dict[tuple[str, str], bool] = {}

    def within(scope: str, resource: str) -> bool:
        if (scope, resource) not in known:
            known[scope, resource] = any(fnmatchcase(resource, pattern) for pattern in widest.get(scope, ()))
        return known[scope, resource]

    for statement in given:
        for resource in statement.resources:
            for action in statement.actions:
                service, _, name = action.partition(":")
                looks = name.startswith(("Describe", "Get", "List")) and within(f"{service} looks", resource)
                if action in without_resource() or within(service, resource) or within(action, resource) or looks:
                    continue
                yield f"may do {action} to {resource}, which is more than this environment's."


def _widest(deployment: Deployment) -> dict[str, set[str]]:
    environment = deployment.environment
    found: dict[str, set[str]] = {}
    # Of types whose ARN has the name, the stack's name begins it.
    kinds = [pattern.removesuffix(":*") for kind in needed() for pattern in facts.of(kind).arns]
    patterns = [*SCOPES.values(), *(re.sub(r"\{(name|[A-Z]\w*)\}(/.*)?", "{stack}-*", pattern) for pattern in kinds)]
    for pattern in patterns:
        found.setdefault(pattern.split(":")[0], set()).add(filled(environment, pattern))
    for service, others in ALSO.items():
        found.setdefault(service, set()).update(filled(environment, pattern) for pattern in others)
    for service, pattern in LOOKS.items():
        found[f"{service} looks"] = {filled(environment, pattern)}
    for action, pattern in (pair for pairs in BESIDES.values() for pair in pairs):
        scope = action if action.startswith("iam:") else action.split(":")[0]
        found.setdefault(scope, set()).add(filled(environment, pattern))
    for action, resource in (*_packaged(deployment), *_snapshot(deployment)):
        found.setdefault(action, set()).add(resource)
    for name in names.database_instances(environment):
        found["rds"].add(filled(environment, f"rds:{{region}}:{{account}}:db:{name}"))
        found["logs"].add(filled(environment, f"logs:{{region}}:{{account}}:log-group:/aws/rds/instance/{name}/*"))
    found["logs"].add(filled(environment, f"logs:{{region}}:{{account}}:log-group:{names.waf_log_group(environment)}*"))
    return found


def _arns(deployment: Deployment, resource: Resource) -> list[str]:
    if resource.type in SCOPES:
        return [filled(deployment.environment, SCOPES[resource.type])]
    if not resource.facts.arns:
        return []
    # Policies may leave away the star that stands for a log group's streams, and speak of a bucket's objects.
    own = arn(deployment, resource)
    return [own, own.removesuffix(":*"), f"{own}/1"]
