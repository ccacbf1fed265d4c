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
    "AWS::WAFv2::WebACL": "wafv2:{region}:{account}:regional/webacl/1/1",
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Ask of each resource whether its service's actions are allowed on its ARN."""
    role = execution_role(deployment)
    statements = permissions(deployment, role)
    yield from (Finding(role, problem) for problem in _keys(deployment, statements))
    given = by_action(statements)
    seen: set[tuple[str, str]] = set()
    for resource in created(deployment):
        own = _arns(deployment, resource)
        if not own or (resource.type, own[0]) in seen:
            continue
        seen.add((resource.type, own[0]))
        for action in needed().get(resource.type, []):
            wanted = ["*"] if action in without_resource() else own
            foreign = wanted is own and action.split(":")[0] != own[0].split(":")[2]
            if not foreign and not any(allowed(given.get(action, ()), action, each) for each in wanted):
                yield Finding(role, f"may not do {action} to {resource.label}, {wanted[0]}.")
    packaged = f"{arn(deployment, deployment.templates['bootstrap'].resources['Artifacts'])}/*"
    images = f"arn:aws:ssm:{deployment.environment.region}::parameter/aws/service/ami-amazon-linux-latest/*"
    stack = f"arn:aws:cloudformation:{deployment.environment.region}:{ACCOUNT}:stack/{names.stack(deployment.environment)}-1/1"
    for action, resource_arn in (("s3:GetObject", packaged), ("ssm:GetParameters", images), ("cloudformation:TagResource", stack)):
        if not allowed(given.get(action, ()), action, resource_arn):
            yield Finding(role, f"may not do {action} to {resource_arn}.")


def _keys(deployment: Deployment, given: Iterable[Statement]) -> Iterator[str]:
    """Keys have no names: the tags of the stack say whose they are. A key is tagged as it is created."""
    for statement in given:
        keys = {action for action in statement.actions if action.startswith("kms:")} - {"kms:TagResource"} - without_resource()
        if keys and statement.condition("aws:ResourceTag/Environment") != [deployment.environment.name]:
            yield f"may do {', '.join(sorted(keys))} to keys of others."


def _arns(deployment: Deployment, resource: Resource) -> list[str]:
    environment = deployment.environment
    if resource.type in SCOPES:
        parts = {"region": environment.region, "account": ACCOUNT, "stack": names.stack(environment)}
        return [f"arn:aws:{SCOPES[resource.type]}".format(**parts)]
    if resource.type not in ARNS:
        return []
    # Policies may leave away the star that stands for a log group's streams, and speak of a bucket's objects.
    own = arn(deployment, resource)
    return [own, own.removesuffix(":*"), f"{own}/1"]
