"""Whatever the roles of tasks and bastion are allowed to call has an endpoint whose policy lets it through, and nothing else.

The network has no other way to AWS: without it tasks cannot pull, log or read their secret (ecs-agent 2235).
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ci.model import Deployment, Resource
from ci.model.arns import filled
from ci.model.identity import allowed, grants, permissions, statements
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
    *("DeregisterContainerInstance", "DiscoverPollEndpoint", "Poll", "RegisterContainerInstance", "StartTelemetrySession"),
    *("SubmitAttachmentStateChanges", "SubmitContainerStateChange", "SubmitTaskStateChange", "UpdateContainerInstancesState"),
)
# What stands for resources of ours that a call names one by one.
OURS = ("logs:{region}:{account}:log-group:{stack}-*", "secretsmanager:{region}:{account}:secret:rds!db-*")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Each call has its endpoint, and each endpoint, and all that it lets through, a call."""
    region = deployment.environment.region
    here = {str(endpoint.need("ServiceName")).removeprefix(f"com.amazonaws.{region}."): endpoint for endpoint in endpoints(deployment)}
    policies = {name: statements(deployment, endpoint, endpoint.need("PolicyDocument")) for name, endpoint in here.items()}
    layers = ("s3:GetObject", f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*")
    used: dict[str, set[tuple[str, str]]] = {}
    calls = [(role, action, resource) for role in roles(deployment) for action, resource in sorted(grants(permissions(deployment, role)))]
    calls += [(definition, *layers) for definition in deployment.of("AWS::ECS::TaskDefinition")]
    for caller, action, resource in calls:
        if action == "kms:Decrypt":
            # Secrets Manager does it, in the caller's name.
            continue
        names = ENDPOINTS.get(action.split(":")[0])
        if names is None:
            yield Finding(caller, f"may call {action}, for which this network has no endpoint.")
            continue
        for name in names:
            used.setdefault(name, set()).add((action, resource))
            if name not in here:
                yield Finding(caller, f"may call {action}, but there is no endpoint for {name}.")
            elif not allowed(policies[name], action, resource):
                yield Finding(here[name], f"does not let through {action} on {resource}, which {caller.label} needs.")
    for name in AGENT if region in WITH_ECS_ENDPOINTS else ():
        used[name] = {(f"ecs:{action}", "*") for action in AGENT_ACTIONS}
        for action, _ in sorted(used[name] - grants(policies.get(name, []))):
            yield Finding(here.get(name), f"The endpoint {name} does not let Fargate's agent call {action}, which {region} needs.")
    for name in here.keys() - used.keys():
        yield Finding(here[name], "costs about 7 USD a month and zone, and nobody may call it.")
    for name in here.keys() & used.keys():
        yield from _uncalled(deployment, here[name], grants(policies[name]), used[name])


def _uncalled(deployment: Deployment, endpoint: Resource, through: set[tuple[str, str]], used: set[tuple[str, str]]) -> Iterator[Finding]:
    ours = {filled(deployment.environment, pattern) for pattern in OURS}
    for action, resource in sorted(through - used):
        if resource not in ours or not any(action == called and fnmatchcase(on, resource) for called, on in used):
            yield Finding(endpoint, f"lets through {action} on {resource}, which nobody here calls.")


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
