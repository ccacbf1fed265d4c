"""The AWS services that take on a role: each property that hands them one."""

from ci.model.deployment import Deployment, Resource

TAKERS = (
    ("AWS::ApiGateway::Account", ("CloudWatchRoleArn",), "apigateway.amazonaws.com"),
    ("AWS::Chatbot::SlackChannelConfiguration", ("IamRoleArn",), "chatbot.amazonaws.com"),
    ("AWS::EC2::FlowLog", ("DeliverLogsPermissionArn",), "vpc-flow-logs.amazonaws.com"),
    ("AWS::ECS::Service", ("LoadBalancers", 0, "AdvancedConfiguration", "RoleArn"), "ecs.amazonaws.com"),
    ("AWS::ECS::TaskDefinition", ("ExecutionRoleArn",), "ecs-tasks.amazonaws.com"),
    ("AWS::ECS::TaskDefinition", ("TaskRoleArn",), "ecs-tasks.amazonaws.com"),
    ("AWS::IAM::InstanceProfile", ("Roles", 0), "ec2.amazonaws.com"),
)
# Not those of the account's own stack, which an administrator deploys.
PASSED_TO = frozenset(service for kind, _, service in TAKERS if kind != "AWS::ApiGateway::Account")


def takers(deployment: Deployment) -> dict[Resource, set[str]]:
    """For each role that is handed to a service, the services that take it on."""
    found: dict[Resource, set[str]] = {}
    for kind, path, service in TAKERS:
        for resource in deployment.of(kind):
            if resource.get(*path) is not None:
                found.setdefault(resource.target(*path), set()).add(service)
    return found
