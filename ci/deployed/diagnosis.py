"""Why a deployment failed, and what to do: the root cause first."""

from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from ci.deployed import service, stacks
from ci.deployed.environment import Deployed
from ci.deployed.events import Event, root_cause

LOG_MINUTES, LOG_LINES = 30, 20


def diagnosis(deployed: Deployed, events: Sequence[Event], status: str, again: str) -> Iterator[str]:
    """Lines; `again` is the command that deploys once more."""
    if cause := root_cause(events):
        description = deployed.descriptions.get((cause.layer, cause.logical_id), "")
        yield f"The cause: {cause.layer}/{cause.logical_id} ({description or cause.kind}): {cause.status}: {cause.reason}"
    yield from _tasks(deployed, events)
    yield f"{deployed.stack} is {status or 'as it was'}."
    if status.startswith("UPDATE_ROLLBACK_COMPLETE") or not status:
        yield f"Nothing has changed for users. Next: remove the cause, then: {again}"
    elif step := stacks.next_step(deployed, status):
        yield f"Next: remove the cause; {step}"
        yield f"Then: {again}"
    else:
        yield f"What was created stays. Next: remove the cause, then: {again}"


def _tasks(deployed: Deployed, events: Sequence[Event]) -> Iterator[str]:
    """Of a deployment that came to the service: why its tasks ended, and what they logged last."""
    changed = [event for event in events if event.kind == "AWS::ECS::Service" and "/" in event.physical_id]
    if not changed:
        return
    try:
        failed = service.failed_tasks(deployed, service.from_arn(changed[0].physical_id), changed[0].time)
        for task in failed[-3:]:
            yield f"A task failed: {'; '.join(service.why(task))}"
        if failed:
            layer = next(event.physical_id for event in events if event.logical_id == changed[0].layer and event.physical_id)
            yield from (f"  {line}" for line in service.logged(deployed, layer, LOG_MINUTES)[-LOG_LINES:])
    except ClientError as error:
        # Of a first deployment that was rolled back nothing is left to look at.
        yield f"Its tasks cannot be looked at any more: {error}"
