"""Why a deployment failed, and what to do: the root cause first."""

from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from ci.deployed import service, stacks
from ci.deployed.environment import Deployed
from ci.deployed.events import Event, root_cause

LOG_MINUTES, LOG_LINES = 30, 20


def diagnosis(
    deployed: Deployed, events: Sequence[Event], status: str, again: str, *, tasks: Sequence[str] = (), stack: str = ""
) -> Iterator[str]:
    """Lines; `again` is the command that deploys once more, `tasks` what was seen of them before. Of the root, or of another stack."""
    yield from what_failed(deployed, events)
    yield from tasks or why_tasks_ended(deployed, events)
    yield f"{stack or deployed.stack} is {status or 'as it was'}."
    if status.startswith("UPDATE_ROLLBACK_COMPLETE") or not status:
        yield f"Nothing has changed for users. Next: remove the cause, then: {again}"
    elif status in stacks.COMPLETE:
        yield f"That is what somebody else deployed. Next: {again}"
    elif step := stacks.next_step(deployed, status, stack):
        yield f"Next: remove the cause; {step}"
        yield f"Then: {again}"
    else:
        yield f"What was created stays. Next: remove the cause, then: {again}"


def what_failed(deployed: Deployed, events: Sequence[Event]) -> Iterator[str]:
    """A line about the root cause, where an event names one."""
    if cause := root_cause(events):
        description = deployed.descriptions.get((cause.layer, cause.logical_id), "")
        yield f"The cause: {cause.layer}/{cause.logical_id} ({description or cause.kind}): {cause.status}: {cause.reason}"


def why_tasks_ended(deployed: Deployed, events: Sequence[Event]) -> Iterator[str]:
    """Of a deployment that came to the service: why its new tasks ended, and what was logged last."""
    change = service.changed(events)
    if change is None:
        return
    try:
        failed = service.failed_tasks(deployed, change, change.since)
        for task in failed[-3:]:
            yield f"A task failed: {'; '.join(service.why(task))}"
        if failed and change.stack:
            # Not of those that go on answering, which say more in a second than fits here.
            yield from (f"  {line}" for line in service.logged(deployed, change.stack, LOG_MINUTES, tasks=failed)[-LOG_LINES:])
    except ClientError as error:
        # Of a service that went with its stack there is nothing to say.
        if not service.is_gone(error):
            yield f"Its tasks cannot be looked at: {error}"
