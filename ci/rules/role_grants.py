"""Each role allows what its service is documented to call, or what its own code was told of, on resources of these templates.

What it lacks fails when it is called; what it has too much is an intruder's.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from ci.model import Deployment, Reference, Resource, Text
from ci.model.arns import arn, arns, written
from ci.model.identity import Statement, grants, permissions
from ci.model.scopes import declared
from ci.model.takers import inside, takers
from ci.rules import Finding
from ci.rules.constitution import deploys
from facts import reference
from facts.endpoints import ENDPOINTS
from facts.kinds import Role

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"
REMEDY = (
    "Correct the role in its layer, or let the application call it with Layer.lets_call; what a service calls is in facts/ (Role.calls)."
)

# An image of ECR, from its account to its digest.
IMAGE = re.compile(r"(.+)\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^@:]+)[@:].+")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
SESSIONS = tuple(f"ssmmessages:{verb}{channel}" for verb in ("Create", "Open") for channel in ("ControlChannel", "DataChannel"))
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
# What a container is given at its start. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
GIVEN = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameters"}
# AWS's own keys have no names: whatever is encrypted for a service goes through that service alone.
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
VIA = "kms:ViaService"

Grants = set[tuple[str, str]]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each role but those that deploy with whoever takes it on."""
    code = set(inside(deployment))
    for role in deployment.of("AWS::IAM::Role"):
        if deploys(role):
            continue
        given = permissions(deployment, role)
        yield from _documented(deployment, role, given)
        for statement in given:
            if statement.effect == "Allow":
                yield from (Finding(role, end) for end in (*_elsewhere(deployment, statement), *_misses(statement)))
        if role in code:
            yield from _administers(role, given)
        # A session needs all of them: https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html
        sessions = {action for action, _ in grants(given)} & set(SESSIONS)
        if sessions and len(sessions) < len(SESSIONS):
            yield Finding(role, f"lacks {', '.join(sorted(set(SESSIONS) - sessions))}, without which no session opens.")
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        yield from _told(deployment, definition)


def _documented(deployment: Deployment, role: Resource, given: list[Statement]) -> Iterator[Finding]:
    wanted: Grants = set()
    for resource, each in takers(deployment).get(role, []):
        wanted |= _calls(deployment, resource, each)
        if each.path == "ExecutionRoleArn":
            wanted |= _starts(deployment, resource)
    granted = grants(given)
    for action, named in sorted(wanted - granted):
        yield Finding(role, f"lacks {action} on {named}.")
    if wanted:
        yield from (Finding(role, f"is allowed {action} on {named}, which nothing needs.") for action, named in sorted(granted - wanted))


def _calls(deployment: Deployment, resource: Resource, role: Role) -> Grants:
    found: Grants = set()
    for call in role.calls:
        targets = resource.values(call.on)
        if call.then:
            targets = [value for target in targets if isinstance(target, Reference) for value in target.resource.values(call.then)]
        names = ["*"] if call.on == "*" else [arn(deployment, target.resource) for target in targets if isinstance(target, Reference)]
        found |= {(action, name) for action in call.actions for name in names}
    return found


def _starts(deployment: Deployment, definition: Resource) -> Grants:
    """What Fargate does for a task before it starts: pull its images, open its logs, read what containers are given."""
    found: Grants = set()
    for image in definition.values("ContainerDefinitions.Image"):
        if match := IMAGE.fullmatch(written(deployment, image)):
            repository = f"arn:aws:ecr:{match[2]}:{match[1]}:repository/{match[3]}"
            found |= {("ecr:GetAuthorizationToken", "*"), *((action, repository) for action in PULL)}
    for group in definition.values("ContainerDefinitions.LogConfiguration.Options.awslogs-group"):
        if isinstance(group, Reference):
            found |= {(action, arn(deployment, group.resource)) for action in WRITE_LOGS}
    for secret in definition.values("ContainerDefinitions.Secrets.ValueFrom"):
        # After the ARN may follow a key in the secret.
        name = ":".join(written(deployment, secret).split(":")[:7])
        found |= {(action, name) for service, action in GIVEN.items() if name.startswith(f"arn:aws:{service}:")}
    return found


def _elsewhere(deployment: Deployment, statement: Statement) -> Iterator[str]:
    """What a statement allows on something that is no one resource of these templates."""
    own = _own(deployment)
    for named, pattern in zip(statement.named, statement.resources, strict=True):
        if not isinstance(named, str) or pattern == "*":
            # A reference leads to a resource; of "*" the rule policies says where it may be.
            continue
        if pattern.startswith("arn:aws:kms:") and "StringEquals" in statement.conditions and VIA in statement.conditions["StringEquals"]:
            continue
        if pattern not in own and not any(fnmatchcase(pattern, each) for each in own):
            yield f"is allowed {', '.join(statement.actions)} on {pattern}, which is no one resource of these templates or the settings."


def _misses(statement: Statement) -> Iterator[str]:
    """What is allowed on a resource though it acts on what is in it, or the other way round."""
    for named in statement.named:
        parts = named.parts if isinstance(named, Text) else (named,)
        if isinstance(parts[0], Reference) and (contents := parts[0].resource.facts.contents):
            for action in statement.actions:
                inside = re.fullmatch(contents, action) is not None
                if inside is (len(parts) == 1):
                    what = "what is in" if inside else "the whole of"
                    yield f"is allowed {action} on {named}, and it acts on {what} {parts[0].resource.label}."


def _own(deployment: Deployment) -> set[str]:
    if "own" not in deployment.derived:
        exact = {each for resource in deployment if resource.facts.name for each in arns(deployment, resource)}
        deployment.derived["own"] = exact | {f"{each}/*" for each in exact} | set(declared(deployment.environment))
    found: set[str] = deployment.derived["own"]
    return found


def _administers(role: Resource, given: list[Statement]) -> Iterator[Finding]:
    """Code that could delete or change what it only uses: the actions of CloudFormation's handlers that name the type itself."""
    for statement in given:
        for named in statement.named:
            if isinstance(named, Reference):
                kind = named.resource.type
                handlers = reference.permissions().resource_types.get(kind, [])
                for action in statement.actions:
                    verb = action.partition(":")[2]
                    if action in handlers and kind.rpartition("::")[2] in verb and not verb.startswith(("Describe", "Get", "List")):
                        yield Finding(
                            role, f"lets code in the network do {action} to {named.resource.label}, which CloudFormation manages."
                        )


def _told(deployment: Deployment, definition: Resource) -> Iterator[Finding]:
    """Whoever is told of something that is called through AWS's API may call it."""
    values = [value for value in definition.values("ContainerDefinitions.Environment.Value") if isinstance(value, Reference)]
    role = definition.related("TaskRoleArn")
    for told in dict.fromkeys(values):
        named = _callable(deployment, told)
        if named and (role is None or not _may(permissions(deployment, role), named)):
            yield Finding(role or definition, f"tells the code of {told}, on which its role may call nothing.")


def _callable(deployment: Deployment, told: Reference) -> str | None:
    known = told.resource.facts
    if told.attribute in known.attribute_arns:
        found = written(deployment, told)
    elif known.member is None and known.arns:
        found = arn(deployment, told.resource)
    else:
        return None
    return found if found.split(":")[2] in ENDPOINTS else None


def _may(given: list[Statement], named: str) -> bool:
    return any(each.effect == "Allow" and any(fnmatchcase(resource, f"{named}*") for resource in each.resources) for each in given)
