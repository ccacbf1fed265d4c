"""Whatever the roles of tasks and bastion are allowed to call has an endpoint whose policy lets it through.

The network has no other way to AWS: without it tasks cannot pull, log or read their secret (ecs-agent 2235).
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.identity import allowed, permissions, statements
from ci.rules import Finding
from templates.regions import WITH_ECS_ENDPOINTS

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html"
REMEDY = "Declare the call in the layer that makes it (Layer.calls_aws), from which the endpoints and their policies are rendered."

# The endpoints that take a service's actions.
ENDPOINTS = {
    "ecr": ("ecr.api", "ecr.dkr"),
    "logs": ("logs",),
    "s3": ("s3",),
    "secretsmanager": ("secretsmanager",),
    "ssm": ("ssm",),
    "ssmmessages": ("ssmmessages",),
}
AGENT = ("ecs", "ecs-agent", "ecs-telemetry")
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEC2ContainerServiceforEC2Role.html
AGENT_ACTIONS = (
    "ecs:DeregisterContainerInstance",
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:StartTelemetrySession",
    "ecs:SubmitAttachmentStateChanges",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
    "ecs:UpdateContainerInstancesState",
)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Each call has its endpoint, and each endpoint a call."""
    region = deployment.environment.region
    here = {str(endpoint.need("ServiceName")).removeprefix(f"com.amazonaws.{region}."): endpoint for endpoint in endpoints(deployment)}
    layers = ("s3:GetObject", f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*")
    used: set[str] = set()
    calls = [(role, action, resource) for role in roles(deployment) for action, resource in _calls(deployment, role)]
    calls += [(definition, *layers) for definition in deployment.of("AWS::ECS::TaskDefinition")]
    for caller, action, resource in calls:
        if action == "kms:Decrypt":
            # Secrets Manager does it, in the caller's name.
            continue
        names = ENDPOINTS.get(action.split(":")[0])
        if names is None:
            yield Finding(caller, f"may call {action}, for which this network has no endpoint.")
            continue
        used |= set(names)
        for name in names:
            if name not in here:
                yield Finding(caller, f"may call {action}, but there is no endpoint for {name}.")
            elif not allowed(statements(deployment, here[name], here[name].need("PolicyDocument")), action, resource):
                yield Finding(here[name], f"does not let through {action} on {resource}, which {caller.label} needs.")
    if region in WITH_ECS_ENDPOINTS:
        used |= set(AGENT)
        for name in AGENT:
            policy = statements(deployment, here[name], here[name].need("PolicyDocument")) if name in here else []
            for action in AGENT_ACTIONS:
                if not allowed(policy, action, "*"):
                    yield Finding(here.get(name), f"The endpoint {name} does not let Fargate's agent call {action}, which {region} needs.")
    for name in here.keys() - used:
        yield Finding(here[name], "costs about 7 USD a month and zone, and nobody may call it.")


def endpoints(deployment: Deployment) -> list[Resource]:
    """All endpoints."""
    return deployment.of("AWS::EC2::VPCEndpoint")


def roles(deployment: Deployment) -> list[Resource]:
    """The roles of what runs inside the network."""
    found = [
        definition.target(name) for definition in deployment.of("AWS::ECS::TaskDefinition") for name in ("ExecutionRoleArn", "TaskRoleArn")
    ]
    for instance in deployment.of("AWS::EC2::Instance"):
        found += instance.target("IamInstanceProfile").targets("Roles")
    return found


def _calls(deployment: Deployment, role: Resource) -> Iterator[tuple[str, str]]:
    for statement in permissions(deployment, role):
        for action in statement.actions:
            for resource in statement.resources:
                yield action, resource
