"""No secret is in a template, and those of the service are told to nobody else, nor as they were before they were rotated.

Whoever reads a template, a stack or a task definition reads what is written there; a container beside the service has no use for its
secrets; a variable stays as it was when the task began.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Parameter, Reference
from ci.model.tasks import Container, containers, is_own, told
from ci.model.values import Text, references
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html#creds"
REMEDY = "Next: let AWS make the secret (ManageMasterUserPassword, GenerateSecretString), and the code read it (Layer.lets_call)."

PROPERTY = re.compile(r"(Password|Passphrase|SecretString|SecretKey|AuthToken|PrivateKey|ClientSecret|ApiKeyValue)$")
VARIABLE = re.compile(r"(PASSWORD|PASSWD|TOKEN|SECRET|(API|PRIVATE|SECRET|ACCESS)_?KEY|CREDENTIALS?)$")
# CloudFormation reads it when it deploys. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
ELSEWHERE = "{{resolve:"
RESOLVED = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure)")
ROTATED = "MasterUserSecret.SecretArn"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at every property and variable whose name says that it is a secret, and at what each container is told."""
    for resource in deployment:
        for path in _written(resource.properties, ""):
            yield Finding(resource, f"has {path} in the template, where whoever reads it knows it.")
    every = list(containers(deployment))
    given = [_given(container) for _, container in every if is_own(deployment, container)]
    secrets = {each for each in references(given) if "Secret" in f"{each.resource.type} {each.attribute}"}
    for definition, container in every:
        who = f"container {container.get('Name')}"
        for name, value in told(container).items():
            if _is_literal(value) and VARIABLE.search(str(name)) and not RESOLVED.search(str(value)):
                yield Finding(definition, f"{who}: is told {name} in the template, where whoever reads it knows it.")
            elif RESOLVED.search(str(value)):
                yield Finding(definition, f"{who}: is told {name} by {{{{resolve:...}}}}, which puts the secret into the task definition.")
        for name, value in _given(container).items() if not is_own(deployment, container) else ():
            if secrets.intersection(references(value)):
                yield Finding(definition, f"{who}: is told by {name} a secret of the service.")
        for secret in container.get("Secrets", []):
            if any(each.attribute == ROTATED for each in references(secret.get("ValueFrom"))):
                yield Finding(definition, f"{who}: is told {secret.get('Name')} as it was before the secret was rotated.")


def _written(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else str(name)
            if PROPERTY.search(str(name)) and _is_literal(inner) and ELSEWHERE not in str(inner):
                yield here
            yield from _written(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from _written(inner, path)


def _is_literal(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, Text) and not any(isinstance(part, Reference | Parameter) for part in value.parts))


def _given(container: Container) -> dict[str, Any]:
    """What a container is told, and what ECS reads from a secret for it."""
    return {**told(container), **{str(secret.get("Name")): secret.get("ValueFrom") for secret in container.get("Secrets", [])}}
