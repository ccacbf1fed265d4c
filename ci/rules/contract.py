"""The service is told what its contract asks for and nothing else, each variable by what its name says; its database is the contract's.

A variable that leads elsewhere, or one too many, is found out when the first request fails.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference, Resource
from ci.model.tasks import Container, containers, is_own, registrations, told
from ci.rules import Finding, shown

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KeyValuePair.html"
REMEDY = "Next: give variables by Layer.tells, and list each in the contract (service.toml)."

# What the end of a variable's name promises of an attribute that it is given.
ENDS = {
    "_ARN": re.compile(r"(?i).*arn"),
    "_HOST": re.compile(r"(?i).*(address|dns|host).*(?<!port)(?<!id)"),
    "_HOSTS": re.compile(r"(?i).*(address|dns|host).*(?<!port)(?<!id)"),
    "_PORT": re.compile(r"(?i).*port"),
}
# Where a service listens, by convention. https://12factor.net/port-binding
PORT = "PORT"
# The secret that RDS makes and rotates.
ROTATED = "MasterUserSecret.SecretArn"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at what each container is told, and at the database that the contract names."""
    contract = deployment.environment.contract
    for definition, container in containers(deployment):
        own, variables = is_own(deployment, container), told(container)
        names = {*variables, *(secret.get("Name") for secret in container.get("Secrets", []))}
        for name in sorted(set(contract.variables.required) - names if own else ()):
            yield _finding(definition, container, f"is not told {name}, which the contract requires")
        for name in sorted(name for name in names if own and not contract.reads(str(name))):
            yield _finding(definition, container, f"is told {name}, which the contract does not list")
        for name, value in variables.items():
            if problem := _misled(str(name), value):
                yield _finding(definition, container, f"is told {name} = {shown(value)}, {problem}")
    yield from _requests(deployment)
    yield from _database(deployment)
    yield from _one_meaning(deployment)


def _finding(definition: Resource, container: Container, sentence: str) -> Finding:
    return Finding(definition, f"container {container.get('Name')}: {sentence}.")


def _misled(name: str, value: Any) -> str:
    if value in (None, "") or isinstance(value, list | dict):
        return "which is empty, or not a text"
    end = next((end for end in ENDS if name.endswith(end)), "")
    if (
        end
        and isinstance(value, Reference)
        and not (ENDS[end].fullmatch(value.attribute) or (end == "_ARN" and value.resource.facts.ref_is_arn))
    ):
        return "which is something else"
    if end == "_PORT" and isinstance(value, str) and not value.isdigit():
        return "which is not a port"
    if end == "_HOSTS" and "*" in str(value):
        return "so that it answers under any name"
    return ""


def _requests(deployment: Deployment) -> Iterator[Finding]:
    """What takes requests is what the image runs by itself, on the port that it is told, and it knows what the containers beside it know."""
    contract = deployment.environment.contract
    for _, _, definition, container, port in registrations(deployment):
        if container is None or not is_own(deployment, container):
            continue
        variables = told(container)
        for name in ("Command", "EntryPoint"):
            if container.get(name):
                yield _finding(definition, container, f"takes requests, and has a {name} instead of the image's own")
        if contract.reads(PORT) and str(variables.get(PORT, contract.ports.plain)) != str(port):
            yield _finding(definition, container, f"is told {PORT} = {shown(variables.get(PORT))}, and takes requests on {port}")
        beside = {name for each in definition.need("ContainerDefinitions") if is_own(deployment, each) for name in told(each)}
        for name in sorted(beside - variables.keys()):
            yield _finding(definition, container, f"is not told {name}, as the container beside it is")


def _database(deployment: Deployment) -> Iterator[Finding]:
    wanted = deployment.environment.contract.database
    primary = [each for each in deployment.of("AWS::RDS::DBInstance") if each.get("DBName") or each.get("DBSnapshotIdentifier")]
    if wanted and not any(each.get("DBSnapshotIdentifier") or _is(each, wanted.name, wanted.owner) for each in primary):
        where = primary[0] if primary else None
        yield Finding(where, f"is not the database {wanted.name} of {wanted.owner}, which the contract asks for; another name replaces it.")


def _is(instance: Resource, name: str, owner: str) -> bool:
    return (instance.get("DBName"), instance.get("MasterUsername")) == (name, owner)


def _one_meaning(deployment: Deployment) -> Iterator[Finding]:
    """Within a task every container of the image is told the same; host, port and name of a database are of one."""
    seen: dict[tuple[Resource, str], Any] = {}
    for definition, container in containers(deployment):
        if not is_own(deployment, container):
            continue
        variables = told(container)
        for name, value in variables.items():
            if seen.setdefault((definition, str(name)), value) != value:
                yield _finding(definition, container, f"is told another {name} than the container beside it")
        for name, value in variables.items():
            prefix, end, _ = str(name).rpartition("_HOST")
            if end and isinstance(value, Reference) and value.resource.facts.answers:
                yield from _agree(definition, container, variables, prefix, value.resource)


def _agree(definition: Resource, container: Container, variables: dict[str, Any], prefix: str, host: Resource) -> Iterator[Finding]:
    answers = host.facts.answers[0]
    port = answers.port if isinstance(answers.port, int) else next(iter(host.values(answers.port)), answers.default_port)
    given = variables.get(f"{prefix}_PORT")
    if isinstance(given, str) and given.isdigit() and str(given) != str(port):
        yield _finding(definition, container, f"is told {prefix}_PORT = {given}, and {host.label} answers on {port}")
    name = host.get("DBName")
    if name and variables.get(f"{prefix}_NAME", name) != name:
        yield _finding(definition, container, f"is told {prefix}_NAME = {variables[f'{prefix}_NAME']}, and {host.label} has {name}")
    for other in (f"{prefix}_SECRET_ARN", f"{prefix}_SECRET"):
        value = variables.get(other)
        if isinstance(value, Reference) and value.attribute == ROTATED and value.resource is not host:
            yield _finding(
                definition, container, f"is told by {other} the secret of {value.resource.label}, and by {prefix}_HOST {host.label}"
            )
