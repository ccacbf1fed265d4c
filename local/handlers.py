"""Where ministack's CloudFormation tells of the resources that it has noted down, so that they can be made real."""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from local.stricter import Created, Properties

_runs_on_worker_thread = stacks._runs_on_worker_thread
# Their creation waits for servers and tasks.
_SLOW: set[str] = set()


def created(kind: str, tell: Callable[[Created, Properties], None]) -> None:
    """Tell of each resource of this kind that was created, with what Ref and GetAtt answer, and its properties."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    create = handler["create"]

    def and_tell(logical_id: str, properties: Properties, stack: str) -> Created:
        made: Created = create(logical_id, properties, stack)
        tell(made, properties)
        return made

    handler["create"] = and_tell
    _slow(kind)


def updated(kind: str, tell: Callable[[Created, Properties], None]) -> None:
    """Tell of each resource of this kind that was updated; also of one that took another's place."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    update = handler["update"]

    def and_tell(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
        made: Created = update(physical_id, old, new, *rest)
        tell(made, new)
        return made

    handler["update"] = and_tell
    _slow(kind)


def before_deletion(kind: str, tell: Callable[[str], None]) -> None:
    """Tell of each resource of this kind that is about to be deleted, by its physical id."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    delete = handler["delete"]

    def tell_first(physical_id: str, properties: Properties) -> None:
        tell(physical_id)
        delete(physical_id, properties)

    handler["delete"] = tell_first
    _slow(kind)


def _slow(kind: str) -> None:
    _SLOW.add(kind)
    stacks._runs_on_worker_thread = lambda each: each in _SLOW or _runs_on_worker_thread(each)
