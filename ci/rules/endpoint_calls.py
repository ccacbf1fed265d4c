"""Whatever roles inside the network are allowed to call has an endpoint whose policy lets it through, and nothing else.

The network has no other way to AWS: without it tasks cannot pull, log or read their secret (ecs-agent 2235).
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ci.model import Deployment, Resource
from ci.model.arns import ACCOUNT
from ci.model.identity import Statement, permissions, statements
from ci.model.scopes import within
from ci.model.takers import inside
from ci.rules import Finding
from facts.endpoints import AGENT_ACTIONS, AGENT_ENDPOINTS, ENDPOINTS, LAYERS, LAYERS_ENDPOINT
from templates.regions import WITH_ECS_ENDPOINTS

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"
REMEDY = (
    "Declare the call in the layer that makes it (Layer.calls_aws, Layer.lets_call), from which endpoints and their policies are rendered."
)

BY_THIS_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": [ACCOUNT]}}
VIA = "kms:ViaService"
# Whoever calls it is given links to an image's layers in a bucket of AWS's.
LINKS = "ecr:GetDownloadUrlForLayer"

# An action, its resource, and whether AWS itself calls it, without an account of ours.
Call = tuple[str, str, bool]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Each call has its endpoint, and each endpoint, and all that it lets through, a call."""
    region = deployment.environment.region
    here = {str(each.need("ServiceName")).removeprefix(f"com.amazonaws.{region}."): each for each in deployment.of("AWS::EC2::VPCEndpoint")}
    policies = {name: statements(deployment, each, each.need("PolicyDocument")) for name, each in here.items()}
    called: dict[str, set[Call]] = {}
    for caller, name, call in _calls(deployment):
        called.setdefault(name, set()).add(call)
        action, resource, by_aws = call
        if not name:
            yield Finding(caller, f"may call {action}, and facts/endpoints.py names no endpoint that would take it.")
        elif name not in here:
            yield Finding(caller, f"may call {action}, but there is no endpoint for {name}.")
        elif not any(_passes(statement, action, resource, by_aws=by_aws) for statement in policies[name]):
            yield Finding(here[name], f"does not let through {action} on {resource}, which {caller.label if caller else 'AWS'} needs.")
    for name, endpoint in here.items():
        if name not in called:
            yield Finding(endpoint, "costs by the hour and zone, and no role in the network may call anything through it.")
            continue
        for statement in policies[name]:
            yield from (Finding(endpoint, end) for end in _wide(deployment, statement, called[name]))


def _calls(deployment: Deployment) -> Iterator[tuple[Resource | None, str, Call]]:
    """Who calls what through which endpoint; an empty name where none is known."""
    for role in inside(deployment):
        for statement in permissions(deployment, role):
            # With this condition the call is another service's, in the caller's name.
            if statement.effect != "Allow" or VIA in statement.conditions.get("StringEquals", {}):
                continue
            for action in statement.actions:
                for name in ENDPOINTS.get(action.partition(":")[0], ("",)):
                    yield from ((role, name, (action, resource, False)) for resource in statement.resources)
                if action == LINKS:
                    yield role, LAYERS_ENDPOINT, (LAYERS[0], LAYERS[1].format(region=deployment.environment.region), True)
    if deployment.of("AWS::ECS::TaskDefinition") and deployment.environment.region in WITH_ECS_ENDPOINTS:
        yield from ((None, name, (action, "*", True)) for name in AGENT_ENDPOINTS for action in AGENT_ACTIONS)


def _passes(statement: Statement, action: str, resource: str, *, by_aws: bool) -> bool:
    asked = not statement.conditions or (not by_aws and statement.conditions == BY_THIS_ACCOUNT)
    return statement.effect == "Allow" and statement.principals == {"*": ["*"]} and asked and statement.covers(action, resource)


def _wide(deployment: Deployment, statement: Statement, calls: set[Call]) -> Iterator[str]:
    """What a statement lets through beyond the calls, or for others than this account."""
    if statement.effect != "Allow":
        return
    for action in statement.actions:
        for pattern in statement.resources:
            used = [call for call in calls if call[0] == action and (call[1] == pattern or fnmatchcase(call[1], pattern))]
            if not used:
                yield f"lets through {action} on {pattern}, which nobody here calls."
            elif pattern not in {call[1] for call in used} and not within(deployment, pattern):
                yield f"lets through {action} on {pattern}, which is more than this environment's."
            elif statement.conditions != BY_THIS_ACCOUNT and not any(call[2] for call in used):
                yield f"lets through {action} for other accounts, or for nobody: it does not ask for aws:PrincipalAccount alone."
