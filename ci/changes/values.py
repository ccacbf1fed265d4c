"""Values at a path of plain properties, and the steps between two of them that facts/constraints/ names."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from facts.constraints.kinds import When
from facts.constraints.values import AT_START

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK, DAY = 7 * 24 * 60, 24 * 60
ENDLESS = float("inf")


def at(properties: Any, path: tuple[str, ...]) -> Any:
    """The value at a path; a list on the way is looked through, and one of keys and values is read by the key. None where there is none."""
    if not path:
        return properties
    if isinstance(properties, dict):
        return at(properties.get(path[0].removesuffix("?")), path[1:])
    if isinstance(properties, list):
        if all(isinstance(item, dict) and item.keys() == {"Key", "Value"} for item in properties):
            # What is left of the path is the key, which may have dots.
            return {item["Key"]: item["Value"] for item in properties}.get(".".join(path))
        found = [value for item in properties if (value := at(item, path)) is not None]
        return found or None
    return None


def listed(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing of what is no list of objects, which cfn-lint refuses."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """A value as CloudFormation compares it: numbers and booleans are text."""
    return value if isinstance(value, str) else json.dumps(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values are one to CloudFormation."""
    return text(_scalars(one)) == text(_scalars(other))


def steps(when: When, before: Any, after: Any) -> bool:
    """Whether a value takes such a step; nothing does that stays."""
    return not same(before, after) and STEPS[when](before, after)


def _scalars(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _scalars(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_scalars(inner) for inner in value]
    return None if value is None else text(value)


def _number(value: Any, absent: float = ENDLESS) -> float | None:
    """A number, or the largest of a list; `absent` where there is none, None where it is no number that the templates know."""
    if isinstance(value, list):
        numbers = [number for item in value if (number := _number(item)) is not None]
        return max(numbers, default=None)
    if value is None:
        return absent
    return float(text(value)) if re.fullmatch(r"\d+(\.\d+)?", text(value)) else None


def _compared(test: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def compare(before: Any, after: Any) -> bool:
        old, new = _number(before), _number(after)
        return old is not None and new is not None and test(old, new)

    return compare


def _is_true(value: Any) -> bool:
    return text(value).lower() == "true"


def _items(value: Any) -> dict[str, str]:
    """The items of a list by their names."""
    items = value if isinstance(value, list) else []
    return {text(item.get("Name")) if isinstance(item, dict) else text(item): text(_scalars(item)) for item in items}


def _major(value: Any) -> str:
    return text(value).partition(".")[0]


def _at_start(before: Any, after: Any) -> bool:
    old, new = (value if isinstance(value, dict) else {} for value in (before, after))
    return any(not same(old.get(name), new.get(name)) for name in AT_START & (old.keys() | new.keys()))


STEPS: dict[When, Callable[[Any, Any], bool]] = {
    "other": lambda _before, _after: True,
    "less": _compared(lambda old, new: new < old),
    "more": _compared(lambda old, new: new > old),
    "a tenth more at least": _compared(lambda old, new: new >= 1.1 * old),
    "less than a tenth more": _compared(lambda old, new: old < new < 1.1 * old),
    "from or to 0": lambda before, after: "0" in (text(before), text(after)),
    "from or to standard": lambda before, after: "standard" in (before, after),
    "on": lambda before, after: _is_true(after) and not _is_true(before),
    "off": lambda before, after: _is_true(before) and not _is_true(after),
    "another major version": lambda before, after: _major(before) != _major(after),
    "an item goes or changes": lambda before, after: any(_items(after).get(name) != item for name, item in _items(before).items()),
    "an item goes": lambda before, after: bool(_items(before).keys() - _items(after).keys()),
    "an item comes": lambda before, after: bool(_items(after).keys() - _items(before).keys()),
    "a parameter that is read at the start": _at_start,
}


def _minutes(window: str) -> Iterator[tuple[int, int]]:
    """A window, weekly or daily, as minutes of a week, from and to."""
    match = re.fullmatch(r"(?:(\w{3}):)?(\d\d):(\d\d)-(?:\w{3}:)?(\d\d):(\d\d)", window.lower())
    if match is None:
        return
    first, hour, minute, until_hour, until_minute = match.groups()
    for day in [DAYS.index(first)] if first in DAYS else range(7):
        start = day * DAY + int(hour) * 60 + int(minute)
        length = (int(until_hour) * 60 + int(until_minute) - int(hour) * 60 - int(minute)) % DAY
        yield start, start + length


def windows_are_apart(one: Any, other: Any) -> bool:
    """Whether two windows, such as 02:00-03:00 and sun:03:30-sun:04:30, have no minute in common."""
    return not any(
        begin < until + shift and start + shift < end
        for begin, end in _minutes(text(one))
        for start, until in _minutes(text(other))
        for shift in (-WEEK, 0, WEEK)
    )


def a_tenth_above(least: Any, most: Any) -> bool:
    """Whether the second number is 10 % above the first, or not given."""
    low, high = _number(least), _number(most)
    return most is None or low is None or high is None or high >= 1.1 * low


MUSTS: dict[str, Callable[[Any, Any], bool]] = {"windows are apart": windows_are_apart, "a tenth above": a_tenth_above}
