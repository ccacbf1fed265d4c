"""Compares two deployments resource by resource, and follows each replacement to those that refer to what is replaced."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from ci.changes.schemas import schema
from ci.changes.values import at, same, steps
from ci.model import Deployment, Parameter, Reference, Resource, Text
from ci.model.resolver import STACK
from facts.constraints.effects import IN_PLACE, INTERRUPTS

Kind = Literal["removed", "replaced", "may be replaced", "interrupted", "changed", "added", "may be changed"]
# From the most to the least that can go wrong.
KINDS: tuple[Kind, ...] = ("removed", "replaced", "may be replaced", "interrupted", "changed", "added", "may be changed")
# What becomes of a resource when one of its properties changes, from the least to the most.
EFFECTS: tuple[Kind, ...] = ("changed", "interrupted", "may be replaced", "replaced")

# A nested stack's template and parameters change with its resources, which are compared themselves.
THROUGH_RESOURCES = ("TemplateURL", "Parameters")
# Beside the properties, what decides over data.
POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")

# Set behind a reference to what moves, or a parameter with a new value: it will be another value, though it reads the same.
MARK = " (new)"
MARKED = re.compile(r"\$\{(\w+\.\w+)\.[^}]*\}" + re.escape(MARK))
GIVEN = re.compile(r"\$\{\w+\}")
# Without a version CloudFormation looks such a value up anew at each update of the stack.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
LOOKED_UP = re.compile(r"\{\{resolve:ssm:[^:}]+\}\}")
# What is made of a resource's own name stays with it.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.html
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/Repositories.html
NAMED = {
    ("AWS::RDS::DBInstance", "Endpoint.Address"): "DBInstanceIdentifier",
    ("AWS::ECR::Repository", "RepositoryUri"): "RepositoryName",
}

Moved = Callable[[Reference | Parameter], bool]


class Cause(NamedTuple):
    """A property that differs: where, from what, to what, what that does, and the resource whose replacement brings it about."""

    property: str
    before: Any
    after: Any
    effect: Kind
    through: str | None


class Change(NamedTuple):
    """What happens to a resource, and why. `policy` is what becomes of it (or of the one that it replaces) when it goes."""

    label: str
    type: str
    description: str
    kind: Kind
    causes: tuple[Cause, ...]
    policy: str


def changes(old: Deployment, new: Deployment, given: Collection[str] = ()) -> list[Change]:
    """Every resource that a deployment of `new` over `old` touches, or may touch; `given` are the parameters that get another value."""
    before, after = ({place(resource): resource for resource in side} for side in (old, new))
    both = [(before[place], after[place]) for place in after if place in before]
    gone = [before[place] for place in before.keys() - after.keys()]
    made = [after[place] for place in after.keys() - before.keys()]
    # Two resources that are called alike: who refers to the one will refer to the other.
    remade: dict[str, Kind] = dict.fromkeys({resource.label for resource in gone} & {resource.label for resource in made}, "replaced")
    certain = _settled(both, remade, partial(_certainly, given))
    touched = {resource.template.name for resource in (*gone, *made)} | {label.partition(".")[0] for label in certain}
    latest = {side[1].label: causes for side in both if side[1].template.name in touched and (causes := _looked_up(*side))}
    possible = _settled(both, remade | _effects(latest) | _effects(certain), partial(_perhaps, given))
    found = [Change(*_named(resource), "removed", (), _policy(resource, "DeletionPolicy")) for resource in gone]
    found += [Change(*_named(resource), "added", (), "") for resource in made]
    for old_one, new_one in both:
        if causes := possible.get(new_one.label, ()) + latest.get(new_one.label, ()):
            kind = _kind(_effects(certain).get(new_one.label), _worst(causes))
            shown = causes if "may" in kind else certain[new_one.label]
            found.append(Change(*_named(new_one), kind, shown, _replaced_policy(old_one, new_one) if "replace" in kind else ""))
    return sorted(found, key=lambda change: (KINDS.index(change.kind), change.label))


def place(resource: Resource) -> tuple[str, str]:
    """By what CloudFormation knows a resource again: its logical id, and its stack's."""
    stack = resource.template.stack
    return (stack.logical_id if stack else f"{resource.template.name} itself", resource.logical_id)


def _kind(sure: Kind | None, most: Kind) -> Kind:
    """What happens for sure, unless more may happen."""
    if sure == most:
        return most
    return "may be replaced" if "replace" in most else sure or "may be changed"


def _named(resource: Resource) -> tuple[str, str, str]:
    return resource.label, resource.type, resource.raw.get("Metadata", {}).get("Description", "")


def _policy(resource: Resource, name: str) -> str:
    # CloudFormation takes a snapshot of a database and deletes anything else, unless told otherwise.
    return str(resource.raw.get(name, "Snapshot" if resource.type == "AWS::RDS::DBInstance" and name == "DeletionPolicy" else "Delete"))


def _replaced_policy(old: Resource, new: Resource) -> str:
    # Which of the two templates decides is not documented: only what both say is certain.
    policies = {_policy(side, "UpdateReplacePolicy") for side in (old, new)}
    return policies.pop() if len(policies) == 1 else "Delete"


Causes = dict[str, tuple[Cause, ...]]


def _effects(found: Causes) -> dict[str, Kind]:
    return {label: _worst(causes) for label, causes in found.items()}


def _worst(causes: tuple[Cause, ...]) -> Kind:
    return max((cause.effect for cause in causes), key=EFFECTS.index)


def _certainly(given: Collection[str], found: Mapping[str, Kind], reference: Reference | Parameter) -> bool:
    if isinstance(reference, Parameter):
        return reference.name in given
    return found.get(reference.resource.label) == "replaced"


def _perhaps(given: Collection[str], found: Mapping[str, Kind], reference: Reference | Parameter) -> bool:
    if isinstance(reference, Parameter):
        return reference.name in given
    effect = found.get(reference.resource.label)
    if effect is None or "replace" in effect:
        return effect is not None
    name = NAMED.get((reference.resource.type, reference.attribute), "")
    return reference.attribute in schema(reference.resource.type).volatile and not reference.resource.get(name)


def _settled(both: Sequence[tuple[Resource, Resource]], known: Mapping[str, Kind], moved: Callable[..., bool]) -> Causes:
    """The causes of each change, once every reference to what moves is counted as a change."""
    while True:
        found = {new.label: causes for old, new in both if (causes := _causes(old, new, partial(moved, known)))}
        settled = {**known, **_effects(found)}
        if settled == known:
            return found
        known = settled


def _causes(old: Resource, new: Resource, moved: Moved) -> tuple[Cause, ...]:
    if old.type != new.type:
        return (Cause("Type", old.type, new.type, "replaced", None),)
    before, unmoved, after = (
        plain({name: value for name, value in side.properties.items() if not _through(new, name)}, marked)
        for side, marked in ((old, _stays), (new, _stays), (new, moved))
    )
    causes = []
    for name in sorted({*before, *after}):
        for was, now in ((before, unmoved), (unmoved, after)):
            if _scalars(was.get(name)) != _scalars(now.get(name)):
                effect = _effect(new.type, name, was, now)
                causes += [Cause(*leaf, effect, _mover(leaf[2])) for leaf in _leaves(name, was.get(name), now.get(name))]
    for name in POLICIES:
        if old.raw.get(name) != new.raw.get(name):
            causes.append(Cause(name, old.raw.get(name), new.raw.get(name), "changed", None))
    return tuple(causes)


def _looked_up(old: Resource, new: Resource) -> tuple[Cause, ...]:
    """What reads the same, and may be another value once the stack is updated."""
    before, after = (plain(side.properties, _stays) for side in (old, new))
    causes = []
    for name in sorted(before.keys() & after.keys()):
        latest = _latest(after[name])
        if latest != after[name] and _scalars(before[name]) == _scalars(after[name]):
            effect = _effect(new.type, name, after, {**after, name: latest})
            causes += [Cause(*leaf, effect, None) for leaf in _leaves(name, after[name], latest)]
    return tuple(causes)


def _latest(value: Any) -> Any:
    """The value with a mark where something is looked up."""
    if isinstance(value, dict):
        return {key: _latest(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_latest(inner) for inner in value]
    return f"{value}{MARK}" if isinstance(value, str) and LOOKED_UP.search(value) else value


def _through(resource: Resource, name: str) -> bool:
    return resource.type == STACK and name in THROUGH_RESOURCES


def _effect(kind: str, name: str, before: Any, after: Any) -> Kind:
    rules = schema(kind)

    def differs(paths: tuple[tuple[str, ...], ...]) -> bool:
        return any(path[0] == name and _scalars(_values(path, before)) != _scalars(_values(path, after)) for path in paths)

    if differs(rules.always):
        # What a deployment is given may be what stood there.
        return "replaced" if _given(before.get(name)) == _given(after.get(name)) else "may be replaced"
    if differs(rules.perhaps) and name not in IN_PLACE.get(kind, ()):
        return "may be replaced"
    return "interrupted" if _interrupts(kind, name, before, after) else "changed"


def _interrupts(kind: str, name: str, before: Any, after: Any) -> bool:
    return any(
        (effect.type, effect.property) == (kind, name)
        and steps(effect.when, before.get(name), after.get(name))
        and not (effect.unless and all(same(at(side, effect.unless[0]), effect.unless[1]) for side in (before, after)))
        for effect in INTERRUPTS
    )


def _given(value: Any) -> list[str]:
    """The parameters of the deployment in a value."""
    return sorted(GIVEN.findall(json.dumps(value)))


def _stays(_: Reference | Parameter) -> bool:
    return False


def _mover(value: Any) -> str | None:
    """The resource whose replacement a value shows, if it does."""
    found = MARKED.search(value) if isinstance(value, str) else None
    return found[1] if found else None


def plain(value: Any, moved: Moved) -> Any:
    """A resolved value as JSON, in which what refers to something that moves is another value than before."""
    if isinstance(value, dict):
        return {key: plain(inner, moved) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, moved) for inner in value]
    if isinstance(value, Text):
        return "".join(plain(part, moved) for part in value.parts)
    if isinstance(value, Reference | Parameter):
        return f"{value}{MARK}" if moved(value) else str(value)
    return value


def _scalars(value: Any) -> Any:
    """The value with its numbers and booleans as text, which they all are to CloudFormation."""
    if isinstance(value, dict):
        return {key: _scalars(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_scalars(inner) for inner in value]
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _values(path: tuple[str, ...], value: Any) -> list[Any]:
    """What stands at a schema's path; a list on the way is looked through."""
    if not path:
        return [value]
    if isinstance(value, list):
        return [found for item in value for found in _values(path[1:] if path[0] == "*" else path, item)]
    return _values(path[1:], value[path[0]]) if isinstance(value, dict) and path[0] in value else []


def _leaves(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """The smallest parts that differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _leaves(f"{path}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (was, now) in enumerate(zip(before, after, strict=True)):
            yield from _leaves(f"{path}.{index}", was, now)
    elif _scalars(before) != _scalars(after):
        yield path, before, after
