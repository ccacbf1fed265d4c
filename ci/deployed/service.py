"""The ECS service of an environment: its tasks, and why they ended."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ci.deployed import stacks
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.events import NESTED, Event

# ECS stops tasks for good reasons too: a newer version, fewer tasks, Spot capacity that is taken back.
FAILURES = ("TaskFailedToStart", "EssentialContainerExited")
SERVICE = "AWS::ECS::Service"
# So ECS says that a service which CloudFormation still names is gone.
GONE = ("ClusterNotFoundException", "ServiceNotFoundException")


class Service(NamedTuple):
    """Where it is."""

    cluster: str
    name: str


class Change(NamedTuple):
    """What a deployment of the stacks does to it: since when, the task definition where that is a new one, and the service's stack."""

    service: Service
    since: datetime
    task_definition: str | None
    stack: str | None


class Counts(NamedTuple):
    """How many tasks there should be, are, and are on their way."""

    desired: int
    running: int
    pending: int


def from_arn(arn: str) -> Service:
    """The service of arn:aws:ecs:<region>:<account>:service/<cluster>/<name>."""
    _, cluster, name = arn.split("/")
    return Service(cluster, name)


def find(deployed: Deployed) -> Service | None:
    """By the stack's resources: during the first deployment the root has no outputs yet."""
    root = stacks.find(deployed, deployed.stack)
    layer = stacks.resources(deployed, root.id).get("Service") if root else None
    arn = stacks.resources(deployed, layer).get("Service") if layer else None
    return from_arn(arn) if arn else None


def changed(events: Sequence[Event]) -> Change | None:
    """By what happened to the stacks, the earliest first; None as long as nothing happened to the service."""
    touched = [at for at, event in enumerate(events) if event.kind == SERVICE and "/" in event.physical_id]
    if not touched:
        return None
    first, before = events[touched[0]], events[: touched[0]][::-1]
    # One that is replaced has another name by now.
    latest = next((events[at] for at in touched if has_failed([events[at]])), events[touched[-1]])
    definition = next((each.physical_id for each in before if each.kind == "AWS::ECS::TaskDefinition" and each.physical_id), None)
    stack = next((each.physical_id for each in before if each.kind == NESTED and each.logical_id == first.layer), None)
    return Change(from_arn(latest.physical_id), first.time, definition, stack)


def has_failed(events: Iterable[Event]) -> bool:
    """Whether CloudFormation gave the service up."""
    return any(event.kind == SERVICE and event.status.endswith("_FAILED") for event in events)


def describe(deployed: Deployed, service: Service) -> dict[str, Any] | None:
    """What ECS says about it; None where it is gone."""
    try:
        found = deployed.client("ecs").describe_services(cluster=service.cluster, services=[service.name])["services"]
    except ClientError as error:
        if not is_gone(error):
            raise
        return None
    return next((each for each in found if each["status"] != "INACTIVE"), None)


def counts(deployed: Deployed, service: Service) -> Counts:
    """Its tasks."""
    described = describe(deployed, service) or {}
    return Counts(described.get("desiredCount", 0), described.get("runningCount", 0), described.get("pendingCount", 0))


def wake(deployed: Deployed, service: Service) -> bool:
    """Bring a service with too few tasks to its minimum; auto scaling does so at once. Whether it was done.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    settings, described = deployed.settings.service, describe(deployed, service)
    desired = described.get("desiredCount", 0) if described else 0
    if described is None or desired >= settings.min_tasks:
        return False
    try:
        deployed.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ScalableDimension="ecs:service:DesiredCount",
            ResourceId=f"service/{service.cluster}/{service.name}",
            MinCapacity=settings.min_tasks,
            MaxCapacity=settings.max_tasks,
            # Who stopped the tasks by hand suspended their schedule (docs/restore.md).
            SuspendedState={"ScheduledScalingSuspended": False},
        )
    except ClientError as error:
        # Auto scaling says so itself where it is the right to change the service that is missing.
        if error.response["Error"]["Code"] not in ("AccessDeniedException", "ValidationException"):
            raise
        if desired:
            # The service's schedule brings it to its minimum within five minutes.
            return False
        raise RefusedError(
            f"{deployed.name} sleeps, and these credentials may not wake it: without tasks nobody sees whether the version starts. "
            "Deploy in its working hours, or as somebody who may call application-autoscaling:RegisterScalableTarget and "
            "ecs:UpdateService. "
            f"AWS said: {error.response['Error']['Message']}"
        ) from None
    return True


def running(deployed: Deployed, service: Service) -> Iterator[dict[str, Any]]:
    """Its tasks that run, or are to run; none where it is gone."""
    try:
        yield from _tasks(deployed, service, "RUNNING")
    except ClientError as error:
        if not is_gone(error):
            raise


def failed_tasks(deployed: Deployed, change: Change, since: datetime) -> list[dict[str, Any]]:
    """Those of the new version that were started since then and ended by a failure, the earliest first; ECS forgets them after an hour.

    Those of the version that ran before fail beside them where it is that one that the deployment is to mend.
    """
    stopped = _tasks(deployed, change.service, "STOPPED")
    new = [task for task in stopped if task["createdAt"] >= since and change.task_definition in (None, task["taskDefinitionArn"])]
    return sorted(filter(_has_failed, new), key=lambda task: task["createdAt"])


def why(task: dict[str, Any]) -> Iterator[str]:
    """Why a task ended: its own reason and those of its containers."""
    yield task.get("stoppedReason", "no reason given")
    for container in task.get("containers", []):
        code = container.get("exitCode")
        if container.get("reason") or code:
            ended = f"exit code {code}" if code is not None else "no exit code"
            yield f"container {container['name']}: {container.get('reason', 'ended')} ({ended})"


def logged(
    deployed: Deployed, service_stack: str, minutes: float, pattern: str = "", tasks: Sequence[dict[str, Any]] | None = None
) -> list[str]:
    """What the migrations and the service logged in these last minutes, the earliest first; of these tasks, or of all."""
    # A container's stream is called prefix/container/task.
    streams = None if tasks is None else {task["taskArn"].rpartition("/")[2] for task in tasks}
    since = int((time.time() - minutes * 60) * 1000)
    pages = deployed.client("logs").get_paginator("filter_log_events")
    found = [
        (event["timestamp"], name.removesuffix("LogGroup").lower(), event["message"].rstrip())
        for name, group in stacks.resources(deployed, service_stack).items()
        if name in ("MigrateLogGroup", "AppLogGroup") and group
        for page in pages.paginate(logGroupName=group, startTime=since, **({"filterPattern": pattern} if pattern else {}))
        for event in page["events"]
        if streams is None or event["logStreamName"].rpartition("/")[2] in streams
    ]
    # The lines of one moment stay as they were written: a traceback is many.
    found.sort(key=lambda event: event[0])
    return [f"{datetime.fromtimestamp(timestamp / 1000, UTC):%H:%M:%S} {name:<7} {message}" for timestamp, name, message in found]


def _tasks(deployed: Deployed, service: Service, status: str) -> Iterator[dict[str, Any]]:
    ecs = deployed.client("ecs")
    for page in ecs.get_paginator("list_tasks").paginate(cluster=service.cluster, serviceName=service.name, desiredStatus=status):
        yield from ecs.describe_tasks(cluster=service.cluster, tasks=page["taskArns"])["tasks"] if page["taskArns"] else []


def is_gone(error: ClientError) -> bool:
    """Whether ECS says that the cluster or the service is not there."""
    return error.response["Error"]["Code"] in GONE


def _has_failed(task: dict[str, Any]) -> bool:
    return task.get("stopCode") in FAILURES or "failed" in task.get("stoppedReason", "").lower()
