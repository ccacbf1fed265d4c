"""What happens to the stacks of an environment, the nested ones included."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ci.deployed.environment import Deployed
from ci.deployed.stacks import is_busy, resources

NESTED = "AWS::CloudFormation::Stack"


class Event(NamedTuple):
    """Something happened to a resource; the root's own layer is called root."""

    layer: str
    logical_id: str
    physical_id: str
    kind: str
    status: str
    reason: str
    time: datetime
    # Whether the resource is the stack itself.
    itself: bool


class Events:
    """Those that happen from now on to the root stack and all that it nests, stacks that come later included; or to another stack."""

    def __init__(self, deployed: Deployed, stack: str = "", layer: str = "root") -> None:
        self._cloudformation = deployed.client("cloudformation")
        # By id where it is known: a deleted stack has no name any more.
        self._root = stack or deployed.stack
        self._layer = layer
        self._layers: dict[str, str] = {}
        self._active = set[str]()
        self._seen = set[str]()
        self.status = ""
        if self._read(self._root, pages=1):
            for name, nested in resources(deployed, self._root).items():
                # A layer that failed before it was begun has no stack, and what stands alone nests none.
                if ":stack/" in nested:
                    self._layers[nested] = name
                    self._read(nested, pages=1)

    def new(self) -> list[Event]:
        """What happened since the last call, the earliest first."""
        found = [self._event(self._layer, raw) for raw in self._read(self._root)]
        for event in found:
            if event.itself:
                self.status = event.status
            elif event.kind == NESTED and event.physical_id:
                self._layers[event.physical_id] = event.logical_id
                self._active.add(event.physical_id)
        for stack in sorted(self._active):
            events = [self._event(self._layers[stack], raw) for raw in self._read(stack)]
            found += events
            if any(event.itself and not is_busy(event.status) for event in events[-1:]):
                self._active.discard(stack)
        return sorted(found, key=lambda event: event.time)

    def _read(self, stack: str, pages: int | None = None) -> list[dict[str, Any]]:
        """What was not read yet, the earliest first."""
        unread: list[dict[str, Any]] = []
        try:
            for page in islice(self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack), pages):
                fresh = [raw for raw in page["StackEvents"] if raw["EventId"] not in self._seen]
                unread += fresh
                if len(fresh) < len(page["StackEvents"]):
                    break
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
        self._seen.update(raw["EventId"] for raw in unread)
        if unread and stack == self._root:
            self._root = unread[0]["StackId"]
        return unread[::-1]

    @staticmethod
    def _event(layer: str, raw: dict[str, Any]) -> Event:
        return Event(
            layer,
            raw["LogicalResourceId"],
            raw.get("PhysicalResourceId", ""),
            raw["ResourceType"],
            raw["ResourceStatus"],
            raw.get("ResourceStatusReason", ""),
            raw["Timestamp"],
            raw.get("PhysicalResourceId") == raw["StackId"],
        )


def status_of_root(events: Iterable[Event]) -> str:
    """The last one that was heard of."""
    return next((event.status for event in reversed([*events]) if event.itself and event.layer == "root"), "")


def root_cause(events: Iterable[Event]) -> Event | None:
    """The earliest failure that is not the consequence of another one."""
    failed = sorted((event for event in events if event.status.endswith("_FAILED") and "cancelled" not in event.reason), key=_time)
    # A layer fails because something in it does; where nothing in it was begun, its own event says why.
    return next((event for event in failed if event.kind != NESTED), next(iter(failed), None))


def lines(deployed: Deployed, events: Iterable[Event], started: datetime | None) -> Iterator[str]:
    """One for each change: time since the start, status, resource, what it is for and, of a failure, why."""
    for event in events:
        if (event.itself and event.layer != "root") or event.reason == "Resource creation Initiated":
            # The root tells of its layers already, and its first event of a resource that it is begun.
            continue
        seconds = int((event.time - (started or event.time)).total_seconds())
        where = deployed.stack if event.itself else f"{event.layer}/{event.logical_id}" if event.layer != "root" else event.logical_id
        text = event.reason if event.status.endswith("_FAILED") else deployed.descriptions.get((event.layer, event.logical_id), "")
        yield f"{seconds // 60:4}:{seconds % 60:02}  {event.status:<20}  {where:<34}  {text}".rstrip()


def _time(event: Event) -> datetime:
    return event.time
