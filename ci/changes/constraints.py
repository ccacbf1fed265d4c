"""Asks the rows of facts/constraints/ at each step: would AWS refuse it, and what is lost by it or stays behind?"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from ipaddress import ip_network
from typing import Any, cast

import facts
from ci.changes.differ import MARK
from ci.changes.finding import Finding
from ci.changes.plan import Step
from ci.changes.schemas import schema
from ci.changes.state import REFERENCE, Item, State, ids
from ci.changes.values import MUSTS, same, steps, text
from facts.constraints import deletion, holders, unique, values
from facts.constraints.kinds import Scope, Unique

TARGETS, LISTENER = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::Listener"
KEPT = ("Retain", "RetainExceptOnCreate")


def judged(state: State, step: Step) -> Iterator[Finding]:
    """What follows from a step that is taken in this state; the state is the one before it."""
    if step.action == "deleted":
        yield from _deleted(state, step)
        return
    yield from _twice(state, step)
    yield from _musts(step)
    if step.before:
        yield from _steps(step)
        yield from _bared(step)
        yield from _moved(state, step)
        yield from _shrunk(state, step)
        yield from _targeted(state, step)
    yield from _held(state, step)


# What can exist once


@cache
def rows(kind: str) -> tuple[Unique, ...]:
    """What is unique of a type: its rows, its name, and its identifier in the registry's schema if a template gives it."""
    found = tuple(row for row in unique.UNIQUE if row.type == kind)
    if kind in unique.OFTEN:
        return found
    try:
        known = facts.of(kind)
    except facts.UnknownTypeError:
        known = None
    # A name within a parent is a row, which says what the parent is.
    if known and known.name and known.name.unique and known.name.scope != "parent":
        found += (Unique(kind, (tuple(known.name.property.split(".")),), cast("Scope", known.name.scope), known.source),)
    elif identity := schema(kind).identity:
        found += (Unique(kind, tuple(tuple(path.split(".")) for path in identity), "region", "the identifier in the registry's schema"),)
    return found


def _key(row: Unique, item: Item) -> tuple[str, ...] | None:
    if row.when and not same(item.at(*row.when[0]), row.when[1]):
        return None
    found = [(path, item.at(*path)) for path in row.paths]
    if any(value is None and not path[-1].endswith("?") for path, value in found):
        return None
    return tuple(_normal(row, value) for _, value in found)


def _normal(row: Unique, value: Any) -> str:
    # One attribute of a resource stands for it as well as another.
    plain = REFERENCE.sub(lambda match: f"<{match[1]}{match[2] or ''}>", text(value))
    return re.sub(r"\{[^}]*\}", "{}", plain) if row.alike == "variable" else plain.removeprefix("https://")


def _collides(row: Unique, one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if row.alike != "overlap":
        return one == other
    try:
        return one[:-1] == other[:-1] and ip_network(one[-1]).overlaps(ip_network(other[-1]))
    except ValueError:
        return one == other


def _twice(state: State, step: Step) -> Iterator[Finding]:
    for row in rows(step.item.type):
        key = _key(row, step.item)
        if key is None or (step.before and _key(row, step.before) == key):
            continue
        for other in state.of(step.item.type):
            theirs = _key(row, other)
            if other.id != step.item.id and theirs and _collides(row, key, theirs):
                yield Finding("fails", step.item.label, step.title, _taken(step.item, other, key), row.source)
                return
        if row.outside and (taken := _named(state, row.outside)) & set(key):
            sentence = f"would be made although {min(taken)} exists in the account: the templates that are deployed name it by its ARN"
            yield Finding("fails", step.item.label, step.title, sentence, row.source)


def _taken(item: Item, other: Item, key: tuple[str, ...]) -> str:
    if other.label == item.label:
        what = "would be replaced, and CloudFormation makes the new one while the old one still has" if item.id.endswith(MARK) else ""
        return f"{what or 'would be made in another stack, while the old one still has'} {_shown(item, key)}"
    return f"would be made while {other.label} still has {_shown(item, key)}"


def _shown(item: Item, key: tuple[str, ...]) -> str:
    known = [value for value in key if "<" not in value and value != "null"]
    return f"the same {item.type.rpartition('::')[2]} ({', '.join(known)})" if known else "its place"


def _named(state: State, pattern: str) -> set[str]:
    """What ARNs in the deployed templates name of things outside of the stacks."""
    return {name for item in state.items.values() for name in re.findall(pattern, json.dumps(item.properties).replace('"', "\n"))}


def collisions(mine: Iterable[Item], theirs: State, *, same_region: bool) -> Iterator[Finding]:
    """What another set of stacks has already, in the same account."""
    scopes = ("region", "account", "world") if same_region else ("account", "world")
    for item in mine:
        for row in rows(item.type):
            key = _key(row, item)
            # A reference leads to something in the same stacks, which the others have not.
            if key is None or row.scope not in scopes or any("<" in value for value in key):
                continue
            if any(key == _key(row, other) for other in theirs.of(item.type)):
                within = f"which no other one in the {row.scope} can have"
                sentence = f"would be made while the other set of stacks still has {_shown(item, key)}, {within}"
                yield Finding("fails", item.label, f"the creation of {item.resource.template.name}", sentence, row.source)


# Steps of values


def _steps(step: Step) -> Iterator[Finding]:
    if step.before is None:
        return
    for row in values.VALUES:
        if row.type != step.item.type:
            continue
        before, after = step.before.at(*row.path), step.item.at(*row.path)
        excused = row.unless and same(step.item.at(*row.unless[0]), row.unless[1])
        if steps(row.when, before, after) and not excused:
            shown = f"{row.reason} ({_value(before)} to {_value(after)})" if not isinstance(before or after, dict | list) else row.reason
            yield Finding(row.word, step.item.label, step.title, shown, row.source, row.rollback)


def replaced_steps(old: Item, new: Item, title: str) -> Iterator[Finding]:
    """The rows of what is made anew with each change, such as a task definition: its steps are from one to the next."""
    for row in values.VALUES:
        if row.type != new.type or not row.together or not steps(row.when, old.at(*row.path), new.at(*row.path)):
            continue
        if same(old.at(*row.together), new.at(*row.together)):
            yield Finding(row.word, new.label, title, row.reason, row.source)


def _bared(step: Step) -> Iterator[Finding]:
    """Data that its template would no longer keep from being deleted."""
    lost = next((row for row in deletion.LOST if row.type == step.item.type and row.word == "irreversible"), None)
    if step.before and lost and _is_safe(step.before) and not _is_safe(step.item):
        sentence = "could be deleted without a snapshot: neither protection nor policy would be left"
        yield Finding("irreversible", step.item.label, step.title, sentence, lost.source)


def _is_safe(item: Item) -> bool:
    return item.resource.raw.get("DeletionPolicy", _default(item.type)) != "Delete" or _protection(item) is not None


def _value(value: Any) -> str:
    return "none" if value is None else text(value)


def _musts(step: Step) -> Iterator[Finding]:
    for row in values.MUSTS:
        if row.type != step.item.type:
            continue
        one, other = (step.item.at(*path) for path in row.paths)
        untouched = step.before and all(same(step.before.at(*path), step.item.at(*path)) for path in row.paths)
        if not untouched and None not in (one, other) and not MUSTS[row.test](one, other):
            yield Finding("fails", step.item.label, step.title, f"{row.reason} ({text(one)} and {text(other)})", row.source)


# What belongs to one, or stays where it is


def _held(state: State, step: Step) -> Iterator[Finding]:
    """Who holds what the new or changed resource refers to."""
    after = state.copy() if any(step.item.type == kind for row in holders.HELD for kind, _ in row.by) else None
    if after is None:
        return
    after.put(step.item)
    for row in holders.HELD:
        for target in after.all(step.item.properties):
            if target.type != row.held:
                continue
            found = {
                holder
                for kind, path in row.by
                for user in after.of(kind)
                if target.id in ids(user.properties)
                for holder in _followed(after, user, path)
            }
            if len(found) > 1:
                yield Finding("fails", step.item.label, step.title, f"{row.reason} ({target.label})", row.source)
                return


def _followed(state: State, item: Item, path: tuple[str, ...]) -> Iterator[str]:
    found: Item | None = item
    for name in path:
        found = state.one(found.at(name)) if found else None
    if found:
        yield found.id


def _moved(state: State, step: Step) -> Iterator[Finding]:
    for row in holders.STAYS:
        if row.type == step.item.type and step.before:
            before, after = ({text(each.at(*row.of)) for each in state.all(side.at(*row.path))} for side in (step.before, step.item))
            if before and after and before != after:
                yield Finding("fails", step.item.label, step.title, row.reason, row.source)


def _shrunk(state: State, step: Step) -> Iterator[Finding]:
    for row in holders.KEEPS:
        if row.type != step.item.type or step.before is None or (row.when and not same(step.item.at(*row.when[0]), row.when[1])):
            continue
        gone = set(ids(step.before.at(*row.path))) - set(ids(step.item.at(*row.path)))
        users = [user for user in state.of(row.by) if step.item.id in ids(user.properties)]
        # Where AWS said in which zones they are, the other zones may go.
        zones = {zone for user in users for name in row.zones if (zone := user.at(name))}
        used = {each for each in gone if not zones or each not in state.items or state.items[each].at("AvailabilityZone") in zones}
        if users and used:
            yield Finding("fails", step.item.label, step.title, f"{row.reason} ({', '.join(sorted(used))})", row.source)


def _targeted(state: State, step: Step) -> Iterator[Finding]:
    """A listener's port changes while a target group has its load balancer as a target on that port."""
    if step.item.type != LISTENER or step.before is None or same(step.before.at("Port"), step.item.at("Port")):
        return
    balancer = next(ids(step.before.at("LoadBalancerArn")), "")
    for group in state.of(TARGETS):
        if group.at("TargetType") == "alb" and balancer in ids(group.at("Targets")):
            sentence = f"would change its port, but its load balancer {holders.TARGETED_PORT} ({group.label})"
            yield Finding("fails", step.item.label, step.title, sentence, "facts/constraints/holders.py")


# What goes in the clean-up


def policy(step: Step, *, is_replaced: bool) -> str:
    """What becomes of it: CloudFormation takes a snapshot of a database and deletes anything else, unless the deployed template differs."""
    if is_replaced:
        return str(step.item.resource.raw.get("UpdateReplacePolicy", "Delete"))
    return str(step.item.resource.raw.get("DeletionPolicy", _default(step.item.type)))


def _default(kind: str) -> str:
    return "Snapshot" if kind == "AWS::RDS::DBInstance" else "Delete"


def _protection(item: Item) -> str | None:
    """By what it is protected from deletion, as a source; None where it is not."""
    try:
        known = facts.of(item.type)
    except facts.UnknownTypeError:
        known = None
    if known and known.protection and known.protection.holds(item):
        return known.source
    return next((row.source for row in deletion.PROTECTED if row.type == item.type and same(item.at(*row.path), row.value)), None)


def _deleted(state: State, step: Step) -> Iterator[Finding]:
    item, kind = step.item, step.item.type
    is_replaced = item.id + MARK in state.items
    what = "the old one" if is_replaced else "it"
    goes = "would be replaced" if is_replaced else "would be removed"
    kept = policy(step, is_replaced=is_replaced)
    lost = next((row for row in deletion.LOST if row.type == kind), None)
    if lost and lost.word == "interrupts":
        yield Finding("interrupts", item.label, step.title, f"{goes}: {lost.reason}", lost.source)
    if stays(step, is_replaced=is_replaced):
        if kept in KEPT and kind in deletion.HARMLESS:
            return
        protection = _protection(item)
        if kept in KEPT:
            sentence = f"{goes}: {what} is kept outside of the stack, and costs"
            source = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"
        elif protection:
            sentence = (
                f"{goes}: {what} is protected from deletion in the deployed template, so that it stays outside of the stack, and costs"
            )
            source = protection
        else:
            sentence = f"{goes}: {what} is not empty, so that AWS does not delete it, and it stays outside of the stack"
            source = "facts/constraints/deletion.py"
        yield Finding("leaves-orphans", item.label, step.title, sentence, source)
    elif kind in deletion.HELD_BY_USERS and (user := _user(state, item)):
        sentence = f"{goes}: {what} stays, and is no longer in the stack, since {user.label} uses it and stays too"
        yield Finding("leaves-orphans", item.label, step.title, sentence, "facts/constraints/deletion.py")
    elif lost and lost.word != "interrupts":
        snapshot = ", but for a last snapshot" if kept == "Snapshot" else ""
        yield Finding(lost.word, item.label, step.title, f"{goes}: {lost.reason}{snapshot}", lost.source)


def stays(step: Step, *, is_replaced: bool) -> bool:
    """Whether the clean-up leaves it: it is kept, protected, or not empty."""
    is_kept = policy(step, is_replaced=is_replaced) in KEPT or _protection(step.item) is not None
    return is_kept or step.item.type in deletion.HAS_CONTENT


def _user(state: State, item: Item) -> Item | None:
    """Who still refers to it in the clean-up, although it should be gone."""
    return next((other for other in state.items.values() if other.id != item.id and item.id in ids(other.properties)), None)
