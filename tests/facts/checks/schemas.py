"""What the registry's schemas say: that a type and its properties exist, and take the values."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec import Struct

from ci.references import registered
from facts.kinds import Facts, Is
from tests.facts.checks.recorded import recorded

# Fields whose switches are on where AWS protects, and off by default.
PROTECTING = ("answers", "at_rest", "private", "protection")
CHOICES = ("anyOf", "oneOf", "allOf")


@cache
def node(kind: str, path: str) -> Any:
    """The registry's schema of what is at a path; None where there is nothing, True where any key can be."""
    root = registered(kind)
    return _below(root, root, path) if path else None


def _below(root: dict[str, Any], here: Any, path: str) -> Any:
    """What is at a path below a part of a schema, through its definitions, choices and lists."""
    if not isinstance(here, dict):
        return None
    name = here.get("$ref", "").rpartition("/")[2]
    parts = [root["definitions"].get(name)] if name else [inner for choice in CHOICES for inner in here.get(choice, [])]
    for part in parts:
        if (found := _below(root, part, path)) is not None:
            return found
    if not path:
        return None if name else here
    if "items" in here:
        return _below(root, here["items"], path)
    properties = here.get("properties", {})
    if properties.keys() in (set(), {"Key", "Value"}):
        return True if properties or _free(here) else None
    step, _, rest = path.partition(".")
    return _below(root, properties.get(step), rest)


def _free(here: dict[str, Any]) -> bool:
    kinds = here.get("type", [])
    return "object" in ([kinds] if isinstance(kinds, str) else kinds) or "patternProperties" in here


def page(known: Facts) -> Iterator[str]:
    service, kind = known.type.lower().split("::")[1:]
    page = f"https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-{service}-{kind}.html"
    if known.source != page:
        yield f"source: the page of the type is {page}"
    if not registered(known.type):
        yield "type: the registry has no such type"


def conditions(known: Facts) -> Iterator[tuple[str, Is]]:
    """Every condition in the facts, with the field in which it is."""
    for name in known.__struct_fields__:
        yield from ((name, each) for each in _within(getattr(known, name)))


def _within(value: Any) -> Iterator[Is]:
    if isinstance(value, Is):
        yield value
    elif isinstance(value, Struct):
        yield from (each for name in value.__struct_fields__ for each in _within(getattr(value, name)))
    elif isinstance(value, tuple):
        yield from (each for inner in value for each in _within(inner))


def paths(known: Facts) -> Iterator[tuple[str, str]]:
    """Every path in the facts, but for those of conditions."""
    if known.name:
        yield "name", known.name.property
    if member := known.member:
        yield "member.groups", member.groups
        if member.subnets_through:
            yield "member.subnets_through", member.subnets_through
        else:
            yield "member.subnets", member.subnets
    for answers in known.answers:
        yield from ((f"answers.{name}", path) for name in ("port", "through") if isinstance(path := getattr(answers, name), str))
    yield from (("policies", path) for path in known.policies)
    yield from (("roles", each.path) for each in known.roles)
    yield from (("deliveries", each.path) for each in known.deliveries)
    yield from (("after", each.joined[0]) for each in known.after if each.joined)
    yield from (("refers", path) for path in known.refers)
    yield from (("keys", path) for path in known.keys)
    if known.protects:
        yield "protects", known.protects
    unless = [path for _, each in conditions(known) for path in each.unless] + ([known.data.unless] if known.data else [])
    yield from (("unless", path) for path in unless if path)
    for pattern in (*known.arns, *known.acts_on, *known.log_groups):
        yield from (("arns", name) for name in re.findall(r"\{([A-Z]\w*)\}", pattern))
        yield from (
            ("arns", f"{{{name}}}, which is not a place")
            for name in re.findall(r"\{([^A-Z}][^}]*)\}", pattern)
            if name not in ("region", "account", "name", "stack")
        )
    for metrics in known.metrics:
        yield from (("metrics", attribute[1:]) for attribute in metrics.dimensions.values() if attribute.startswith("."))


def paths_exist(known: Facts) -> Iterator[str]:
    for field, path in paths(known):
        if node(known.type, path) is None:
            yield f"{field}: {known.type} has no property {path}"
    if known.member and known.member.subnets_through:
        through = known.refers.get(known.member.subnets_through)
        if through is None or node(through[0], known.member.subnets) is None:
            yield f"member: {known.member.subnets_through} refers to nothing with {known.member.subnets}"
    for after in known.after:
        if not registered(after.type) or (after.joined and node(after.type, after.joined[1]) is None):
            yield f"after: {after.type} has no property {after.joined}"


def conditions_hold(known: Facts) -> Iterator[str]:
    for field, each in conditions(known):
        kind = known.type
        if each.through:
            target = known.refers.get(each.through)
            if target is None:
                yield f"{field}: {each.through} refers to nothing"
                continue
            kind = target[0]
        found = node(kind, each.path)
        if found is None:
            yield f"{field}: {kind} has no property {each.path}"
        elif isinstance(found, dict):
            yield from _values_fit(field, each, found)
        elif parameter := recorded("parameters").get(each.path.removeprefix("Parameters.")):
            if each.default not in each.values or each.default != parameter["default"]:
                yield f"{field}: {each.path} is {parameter['default']} where it is not given"
        elif each.path.startswith("Parameters."):
            yield f"{field}: {each.path} is on none of AWS's pages that were recorded"


def _values_fit(field: str, each: Is, found: dict[str, Any]) -> Iterator[str]:
    possible = found.get("enum")
    kinds = found.get("type")
    given = [value for value in (*each.values, each.default) if value is not None]
    if possible and any(value not in possible for value in given):
        yield f"{field}: {each.path} takes {possible}, not {given}"
    if possible and each.pattern and not any(re.fullmatch(each.pattern, str(value)) for value in possible):
        yield f"{field}: none of {possible} is like {each.pattern}"
    if kinds == "boolean" and any(not isinstance(value, bool) for value in given):
        yield f"{field}: {each.path} is a boolean, not {given}"
    if (kinds == "boolean" or possible) and not each.values and not each.pattern:
        yield f"{field}: {each.path} is given by AWS, whatever the value"
    if "default" in found and found["default"] != each.default:
        yield f"{field}: AWS takes {found['default']} where {each.path} is not given"
    if field not in PROTECTING:
        return
    if kinds == "boolean" and each.default is not _default(str(found.get("description"))):
        yield f"{field}: {each.path} is {_default(str(found.get('description')))} where it is not given"
    if kinds == "boolean" and each.values and each.values[0] is not _good(each.path):
        yield f"{field}: {each.path} should be {_good(each.path)}"


def _default(words: str) -> bool:
    """What the schema's words say that a switch is where it is not given: off, unless they say otherwise."""
    return re.search(r"enabled by default|[Dd]efault\w*[^.]{0,30}`*true", words) is not None


def _good(path: str) -> bool:
    """The value of a switch that protects, by AWS's word for it."""
    return re.search(r"Public(ly)?(Ip|Accessible)|AssignIpv6|AssociatePublic", path.rpartition(".")[2]) is None
