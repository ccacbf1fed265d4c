"""A container can write where it must and nowhere else, holds no right that it does not need, and its log never stops it.

An intruder finds nothing to change; a slow CloudWatch does not take the service down.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference
from ci.rules import Finding, shown
from ci.rules.containers import FOR_EXEC
from templates.settings import Environment

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html"
REMEDY = "Leave containers to templates/layers/service/."

# From 1 to 99 MiB, which the smallest task has.
BUFFER = re.compile(r"[1-9]\d?m")
MIGRATE = ["python", "books_api/manage.py", "migrate_safely"]
HEALTH = ["CMD", "python", "-m", "books_api.healthcheck"]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each container."""
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        for container in definition.need("ContainerDefinitions"):
            problems = (*_rights(deployment.environment, container), *_log(deployment, container))
            yield from (Finding(definition, f"container {container.get('Name')}: {problem}.") for problem in problems)


def _rights(environment: Environment, container: dict[str, Any]) -> Iterator[str]:
    limits = container.get("LinuxParameters", {})
    if container.get("ReadonlyRootFilesystem") is not True or container.get("Privileged"):
        yield "may write to its root file system"
    # Which of them the agent of ECS Exec needs in the container is not documented (containers-roadmap 1360).
    if limits.get("Capabilities") != (None if environment.service.exec else {"Drop": ["ALL"]}):
        yield "keeps capabilities of Linux that it does not need"
    if limits.get("InitProcessEnabled") is not True:
        yield "has no init process, and leaves zombies"
    writable = {mount.get("ContainerPath") for mount in container.get("MountPoints", [])}
    # What ECS Exec writes beside it, containers looks at.
    if writable - FOR_EXEC != {"/tmp"}:  # noqa: S108 a mount of its own
        yield f"may write to {', '.join(sorted(map(str, writable)))}, not to /tmp"
    if container.get("Command") not in (None, MIGRATE) or container.get("HealthCheck", {}).get("Command") not in (None, HEALTH):
        yield "runs another command than the image knows"
    if any(mapping.get("Protocol", "tcp") != "tcp" for mapping in container.get("PortMappings", [])):
        yield "listens with another protocol than TCP"


def _log(deployment: Deployment, container: dict[str, Any]) -> Iterator[str]:
    log = container.get("LogConfiguration", {})
    options = log.get("Options", {})
    group = options.get("awslogs-group")
    if not isinstance(group, Reference) or group.resource.type != "AWS::Logs::LogGroup" or log.get("LogDriver") != "awslogs":
        yield f"logs to {shown(group)}, which is no log group of these templates"
    if options.get("awslogs-region") != deployment.environment.region or not options.get("awslogs-stream-prefix"):
        yield "logs to another region, or without the stream prefix that Fargate asks for"
    if options.get("mode") != "non-blocking" or not BUFFER.fullmatch(str(options.get("max-buffer-size", "1m"))):
        yield "stops when its log cannot be written"
