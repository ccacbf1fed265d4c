"""A container can write where the contract says and nowhere else, holds no right that it does not need, and its log never stops it.

An intruder finds nothing to change; a slow CloudWatch does not take the service down.
"""

import re
from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.tasks import Container, containers, is_own, registrations
from ci.rules import Finding, shown

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html"
REMEDY = "Next: leave containers to templates/tasks.py, and what they write to to the contract (writable in service.toml)."

# From 1 to 99 MiB, which the smallest task has.
BUFFER = re.compile(r"[1-9]\d?m")
# Beside a read-only root, a shell writes there.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations
FOR_EXEC = {"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each container, and at who may open a shell in one."""
    shells = deployment.environment.service.exec
    for definition, container in containers(deployment):
        problems = [*_log(deployment, container), *(_rights(deployment, container) if is_own(deployment, container) else ())]
        if container.get("ReadonlyRootFilesystem") is not True:
            problems.append("may write to its root file system (ReadonlyRootFilesystem)")
        yield from (Finding(definition, f"container {container.get('Name')}: {problem}.") for problem in problems)
    for service in deployment.of("AWS::ECS::Service"):
        if service.get("EnableExecuteCommand", default=False) and not shells:
            yield Finding(service, "opens a shell in its containers, and service.exec does not allow that.")
    for registration in registrations(deployment):
        mounted = {mount.get("ContainerPath") for mount in (registration.container or {}).get("MountPoints", [])}
        if shells and not mounted >= FOR_EXEC:
            yield Finding(registration.definition, "lacks mounts that a shell writes to beside a read-only root.")


def _rights(deployment: Deployment, container: Container) -> Iterator[str]:
    limits, contract = container.get("LinuxParameters", {}), deployment.environment.contract
    # Which of them the agent of a shell needs in the container is not documented (containers-roadmap 1360).
    if limits.get("Capabilities", {}).get("Drop") != ["ALL"] and not deployment.environment.service.exec:
        yield "keeps capabilities of Linux that it does not need"
    if limits.get("Capabilities", {}).get("Add"):
        yield "gets capabilities of Linux that it does not need"
    if limits.get("InitProcessEnabled") is not True:
        yield "has no init process, and leaves zombies"
    writable = {str(mount.get("ContainerPath")) for mount in container.get("MountPoints", []) if not mount.get("ReadOnly")}
    for path in sorted(writable - {*contract.writable} - FOR_EXEC):
        yield f"may write to {path}, which is not in its contract"
    for path in sorted({*contract.writable} - writable):
        yield f"cannot write to {path}, which its contract asks for"


def _log(deployment: Deployment, container: Container) -> Iterator[str]:
    log = container.get("LogConfiguration", {})
    options = log.get("Options", {})
    group = options.get("awslogs-group")
    if log.get("LogDriver") != "awslogs":
        yield f"logs by {shown(log.get('LogDriver'))}, and not to CloudWatch (awslogs)"
        return
    if not isinstance(group, Reference) or group.resource.type != "AWS::Logs::LogGroup":
        yield f"logs to {shown(group)}, which is not a log group of these templates"
    if options.get("awslogs-region") != deployment.environment.region or not options.get("awslogs-stream-prefix"):
        yield "logs to another region, or without the stream prefix that Fargate asks for"
    if options.get("mode") != "non-blocking" or not BUFFER.fullmatch(str(options.get("max-buffer-size", "1m"))):
        yield "stops when its log cannot be written"
