"""The steps in which CloudFormation makes an update, and the orders in which they may come.

The root's stacks are updated in their order, and those that do not wait for each other in parallel; inside a stack by references. What is
replaced is made beside the old one, and references move over. Only when the whole root has succeeded is the rest deleted, and what refers
to something before that. The stacks outside of the root (bootstrap, account) are updates of their own.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Literal, NamedTuple

from ci.changes.differ import LOOKED_UP, Change, place
from ci.changes.state import Item, State, ids, item
from ci.model import Deployment, Parameter, Reference, Resource
from ci.model.resolver import STACK

Action = Literal["made", "changed", "deleted"]
CLEANUP = "the clean-up"


class Step(NamedTuple):
    """One resource in one stack: it is made, changed or deleted. `before` is what a change finds."""

    stack: str
    action: Action
    item: Item
    before: Item | None = None

    @property
    def title(self) -> str:
        """When it happens, in words."""
        when = CLEANUP if self.action == "deleted" else f"the update of {self.stack}"
        return f"{when}, when {self.item.label} is {self.action}"


class Plan(NamedTuple):
    """What is deployed before, the steps in each order that matters, and the steps of the clean-up."""

    start: State
    orders: list[list[Step]]
    cleanup: list[Step]


def plan(old: Deployment, new: Deployment, found: Collection[Change], given: Collection[str]) -> Plan:
    """The plan of an update from `old` to `new`, whose changes were found."""
    before, after = ({place(resource): resource for resource in side} for side in (old, new))
    labels = {resource.label for resource in old}
    instead = replaced(found)
    # Another resource that is called as one was: what refers to it will refer to another one.
    instead |= {resource.label for where, resource in after.items() if where not in before and resource.label in labels}

    def moved(reference: Reference | Parameter) -> bool:
        return reference.name in given if isinstance(reference, Parameter) else reference.resource.label in instead

    kept = {where for where, resource in after.items() if where in before and resource.label not in instead}
    start = State(item(resource, _stays) for resource in before.values() if resource.type != STACK)
    touched = {change.label for change in found if change.kind != "may be changed" or {cause.through for cause in change.causes} & instead}
    stacks: dict[str, list[Step]] = {}
    for template in new.templates.values():
        for resource in _in_order(template.resources.values()):
            if resource.type == STACK or resource.label not in touched:
                continue
            where = place(resource)
            made = item(resource, moved, is_new=resource.label in instead)
            step = Step(template.name, "changed", made, start.items[before[where].label]) if where in kept else None
            stacks.setdefault(template.name, []).append(step or Step(template.name, "made", made))
    gone = [start.items[resource.label] for where, resource in before.items() if where not in kept and resource.type != STACK]
    cleanup = [Step(each.resource.template.name, "deleted", each) for each in _dependents_first(gone)]
    orders = [[step for name in order for step in stacks[name]] for order in _orders(new, list(stacks))]
    return Plan(start, orders or [[]], cleanup)


def replaced(found: Iterable[Change]) -> set[str]:
    """The labels of all that is replaced, or may be by a property of its own."""
    sure = {change.label for change in found if change.kind == "replaced"}
    perhaps = [change for change in found if change.kind == "may be replaced"]
    while True:
        more = {
            change.label
            for change in perhaps
            for cause in change.causes
            if "replace" in cause.effect and (cause.through in sure if cause.through else not LOOKED_UP.search(str(cause.before)))
        }
        if more <= sure:
            return sure
        sure |= more


def _stays(_: object) -> bool:
    return False


def _in_order(resources: Iterable[Resource]) -> list[Resource]:
    named = {resource.logical_id: resource for resource in resources}
    return [named[name] for name in _sorted({name: {one.logical_id for one in each.needed} for name, each in named.items()})]


def _sorted(needs: Mapping[str, Collection[str]]) -> list[str]:
    """The names, each behind those that it needs; where some wait for each other, which CloudFormation refuses, as they are."""
    try:
        return [*TopologicalSorter({name: sorted(needs[name]) for name in sorted(needs)}).static_order()]
    except CycleError:
        return sorted(needs)


def _dependents_first(gone: list[Item]) -> list[Item]:
    """What refers to something, or waits for it, goes before it."""
    known = {each.id: each for each in gone}
    needed = {each.id: ({*ids(each.properties)} | {resource.label for resource in each.resource.needed}) & known.keys() for each in gone}
    return [known[name] for name in reversed(_sorted({name: needed[name] - {name} for name in known}))]


def _orders(new: Deployment, stacks: Collection[str]) -> Iterator[tuple[str, ...]]:
    """The orders of the stacks in which each of them comes as early as it can: of two siblings, each is once before the other."""
    needs = {
        name: {other.name for other in new.templates.values() if template.stack and other.stack in template.stack.needed}
        for name, template in new.templates.items()
    }
    usual = _sorted(needs)
    seen = set()
    for first in usual:
        early = _needed(first, needs)
        order = tuple(name for name in [*filter(early.__contains__, usual), *usual] if name in stacks)
        order = tuple(dict.fromkeys(order))
        if first in stacks and order not in seen:
            seen.add(order)
            yield order


def _needed(name: str, needs: dict[str, set[str]]) -> set[str]:
    """A stack, and all that it waits for."""
    found = {name}
    while more := {other for each in found for other in needs[each]} - found:
        found |= more
    return found
