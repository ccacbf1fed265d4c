"""What the execution role may do, it may do to this environment's resources, by the names that CloudFormation will give them.

A pattern that matches no resource denies at deploy time what the list of actions seems to allow.
"""

from collections.abc import Iterable, Iterator

from ci.model import Deployment, Resource
from ci.model.arns import ACCOUNT, ARNS, arn
from ci.model.deploying import created, execution_role, needed, without_resource
from ci.model.identity import Statement, allowed, by_action, permissions
from ci.rules import Finding
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
REMEDY = "Correct the scopes in templates/bootstrap/execution_role.py."

# What IAM sees of resources whose ARN is not in ci/model/arns.py; of some services one type stands for all.
SCOPES = {
    "AWS::ApiGateway::ApiKey": "apigateway:{region}::/apikeys/1",
    "AWS::ApiGateway::DomainName": "apigateway:{region}::/domainnames/1",
    "AWS::ApiGateway::Method": "apigateway:{region}::/restapis/1/resources/1/methods/GET",
    "AWS::ApiGateway::RestApi": "apigateway:{region}::/restapis/1",
    "AWS::ApiGateway::Stage": "apigateway:{region}::/restapis/1/stages/1",
    "AWS::ApiGateway::UsagePlan": "apigateway:{region}::/usageplans/1",
    "AWS::ApiGateway::VpcLink": "apigateway:{region}::/vpclinks/1",
    "AWS::ApiGatewayV2::VpcLink": "apigateway:{region}::/vpclinks/1",
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling:{region}:{account}:scalable-target/1",
    "AWS::Budgets::Budget": "budgets::{account}:budget/1",
    "AWS::Chatbot::SlackChannelConfiguration": "chatbot::{account}:chat-configuration/slack-channel/{stack}",
    "AWS::CloudFormation::Stack": "cloudformation:{region}:{account}:stack/{stack}-1/1",
    "AWS::CloudWatch::Dashboard": "cloudwatch::{account}:dashboard/1",
    "AWS::EC2::VPC": "ec2:{region}:{account}:vpc/1",
    "AWS::RDS::DBParameterGroup": "rds:{region}:{account}:pg:{stack}-1",
    "AWS::RDS::DBSubnetGroup": "rds:{region}:{account}:subgrp:{stack}-1",
    "AWS::WAFv2::WebACL": "wafv2:{region}:{account}:regional/webacl/1/1",
}
# What AWS asks of whoever creates a resource of the type, about something that is not the resource.
BESIDES = {
    "AWS::ApiGateway::RestApi": (("apigateway:PUT", "apigateway:{region}::/tags/1"),),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        ("cloudwatch:PutMetricAlarm", "cloudwatch:{region}:{account}:alarm:TargetTracking-service/1"),
    ),
    "AWS::Budgets::Budget": (("billing:GetBillingViewData", "billing::{account}:billingview/1"),),
    "AWS::EC2::Instance": (("ec2:RunInstances", "ec2:{region}::image/ami-1"),),
    "AWS::EC2::VPCEndpoint": (("route53:AssociateVPCWithHostedZone", "route53:::hostedzone/1"),),
    "AWS::ECS::Service": (("ecs:DescribeServiceDeployments", "ecs:{region}:{account}:service-deployment/{stack}-1/1"),),
    "AWS::RDS::DBInstance": (
        ("rds:CreateDBInstance", "rds:{region}:{account}:og:default:postgres-1"),
        ("rds:CreateDBSnapshot", "rds:{region}:{account}:snapshot:{stack}-1"),
        ("secretsmanager:CreateSecret", "secretsmanager:{region}:{account}:secret:rds!db-1"),
    ),
    "AWS::WAFv2::WebACLAssociation": (("wafv2:AssociateWebACL", "apigateway:{region}::/restapis/1/stages/1"),),
}

# https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
UNTAGGED = {
    f"kms:{action}"
    for action in ("DescribeKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "TagResource")
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Ask of each resource whether its service's actions are allowed on its ARN, and what else AWS asks of who creates it."""
    role = execution_role(deployment)
    statements = permissions(deployment, role)
    yield from (Finding(role, problem) for problem in _keys(deployment, statements))
    given = by_action(statements)
    seen: set[tuple[str, str]] = set()
    # Of all types that the settings can switch on, so that bootstrap need not be deployed again before they do.
    switched_off = ((kind, [_filled(deployment, pattern)]) for kind, pattern in SCOPES.items())
    for kind, own in (*((resource.type, _arns(deployment, resource)) for resource in created(deployment)), *switched_off):
        if not own or (kind, own[0]) in seen:
            continue
        seen.add((kind, own[0]))
        for action in needed().get(kind, []):
            wanted = ["*"] if action in without_resource() else own
            foreign = wanted is own and action.split(":")[0] != own[0].split(":")[2]
            if not foreign and not any(allowed(given.get(action, ()), action, each) for each in wanted):
                yield Finding(role, f"may not do {action} to {wanted[0]}, which a {kind} needs.")
    for kind, others in BESIDES.items():
        for action, pattern in others:
            if not allowed(given.get(action, ()), action, _filled(deployment, pattern)):
                yield Finding(role, f"may not do {action} to {_filled(deployment, pattern)}, which a {kind} needs.")
    packaged = f"{arn(deployment, deployment.templates['bootstrap'].resources['Artifacts'])}/*"
    images = f"arn:aws:ssm:{deployment.environment.region}::parameter/aws/service/ami-amazon-linux-latest/*"
    stack = f"arn:aws:cloudformation:{deployment.environment.region}:{ACCOUNT}:stack/{names.stack(deployment.environment)}-1/1"
    beside = [("s3:GetObject", packaged), ("ssm:GetParameters", images)]
    beside += [(f"cloudformation:{action}", stack) for action in ("TagResource", "CreateChangeSet", "ExecuteChangeSet")]
    for action, resource_arn in (*beside, *_snapshot(deployment)):
        if not allowed(given.get(action, ()), action, resource_arn):
            yield Finding(role, f"may not do {action} to {resource_arn}.")


def _snapshot(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """What a database that is made from a snapshot takes, and the end of the one that it replaces."""
    environment = deployment.environment
    rds = f"arn:aws:rds:{environment.region}:{ACCOUNT}"
    if snapshot := environment.database.snapshot:
        stack = names.stack(environment)
        touched = (f"snapshot:{snapshot}", f"db:{names.database_instance(environment)}", f"pg:{stack}-1", f"subgrp:{stack}-1")
        for resource in (*touched, "og:default:postgres-1"):
            yield "rds:RestoreDBInstanceFromDBSnapshot", f"{rds}:{resource}"
        yield "rds:DeleteDBInstance", f"{rds}:db:{stack}"


def _keys(deployment: Deployment, given: Iterable[Statement]) -> Iterator[str]:
    """Keys have no names: the tags of the stack say whose they are, but on a new key only after minutes, and on AWS's own never."""
    tagged = [statement for statement in given if statement.condition("aws:ResourceTag/Environment")]
    if any(statement.condition("aws:ResourceTag/Environment") != [deployment.environment.name] for statement in tagged):
        yield "may change keys of another environment."
    everywhere = {action for statement in given if statement not in tagged for action in statement.actions if action.startswith("kms:")}
    everywhere -= without_resource()
    if others := sorted(everywhere - UNTAGGED):
        yield f"may do {', '.join(others)} to keys of others."
    if missing := sorted(UNTAGGED - everywhere):
        yield f"may not do {', '.join(missing)} to a key whose tags do not work yet, or to the one of AWS that encrypts the secret."


def _arns(deployment: Deployment, resource: Resource) -> list[str]:
    if resource.type in SCOPES:
        return [_filled(deployment, SCOPES[resource.type])]
    if resource.type not in ARNS:
        return []
    # Policies may leave away the star that stands for a log group's streams, and speak of a bucket's objects.
    own = arn(deployment, resource)
    return [own, own.removesuffix(":*"), f"{own}/1"]


def _filled(deployment: Deployment, pattern: str) -> str:
    environment = deployment.environment
    return "arn:aws:" + pattern.format(region=environment.region, account=ACCOUNT, stack=names.stack(environment))
