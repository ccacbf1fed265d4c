"""Every value of every fact, left out, negated or changed: does something that was not made from it say so?

What nothing notices rests on its source alone: `python -m tests.facts.mutations` lists it in docs/facts.md.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import NODEFAULT, Struct, structs

import facts
from facts.kinds import Facts
from tests.facts.independent import every_type, problems

PAGE = Path(__file__).parents[2] / "docs" / "facts.md"
BEGIN, END = "<!-- resting on their sources: begin (make golden) -->\n", "<!-- resting on their sources: end -->\n"
# Sentences for people: nothing reads them but people.
WORDS = {"what", "why", "guarded", "opens"}
CHANGED = "X"
WORD = re.compile(r"(?<![{\w])[A-Za-z][\w-]*(?![\w}-])")


class Mutant(NamedTuple):
    """The facts of a type with one value changed, and where: metrics.names.CPUUtilization."""

    where: str
    facts: Facts


def mutants(known: Facts) -> Iterator[Mutant]:
    """Every value of a type's facts changed, one at a time."""
    yield from (Mutant(where, changed) for where, changed in _of_struct(known, ""))


def noticed(mutant: Mutant) -> bool:
    """Whether something that was not made from the facts contradicts the mutant."""
    try:
        return next(problems(mutant.facts), None) is not None
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        # What cannot be read at all does not go unnoticed.
        return True


def _of_struct(value: Struct, where: str) -> Iterator[tuple[str, Any]]:
    for field in structs.fields(value):
        here = f"{where}.{field.name}" if where else field.name
        inner = getattr(value, field.name)
        default = field.default if field.default is not NODEFAULT else None
        if inner == default or inner in ((), {}) or field.name in WORDS:
            continue
        if field.default is not NODEFAULT:
            yield f"{here} left out", structs.replace(value, **{field.name: field.default})
        for place, changed in _of(inner, here):
            yield place, structs.replace(value, **{field.name: changed})


def _of(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    match value:
        case Struct():
            yield from _of_struct(value, where)
        case bool():
            yield f"{where} negated", not value
        case int():
            yield f"{where} = {value}", value + 1
        case str():
            yield f"{where} = {value}", _misspelt(value)
        case tuple():
            for index, each in enumerate(value):
                if len(value) > 1:
                    yield f"{where} without {_named(each)}", (*value[:index], *value[index + 1 :])
                for place, changed in _of(each, where):
                    yield place, (*value[:index], changed, *value[index + 1 :])
        case Mapping():
            for key, each in value.items():
                rest = {other: inner for other, inner in value.items() if other != key}
                if rest:
                    yield f"{where} without {key}", rest
                yield f"{where} = {key}", {**rest, _misspelt(key): each}
                for place, changed in _of(each, f"{where}.{key}"):
                    yield place, {**rest, key: changed}


def _misspelt(value: str) -> str:
    """The text with another last word, outside of what is filled in."""
    words = list(WORD.finditer(value))
    return f"{value[: words[-1].end()]}{CHANGED}{value[words[-1].end() :]}" if words else value + CHANGED


def _named(value: Any) -> str:
    """What a part of a fact is called: its first text."""
    return str(getattr(value, structs.fields(value)[0].name)) if isinstance(value, Struct) else str(value)


def unnoticed() -> tuple[Counter[str], dict[str, list[str]]]:
    """How many mutants there are by field, and the places of those that nothing notices, by type."""
    tried: Counter[str] = Counter()
    found: dict[str, list[str]] = {}
    for kind in sorted(every_type()):
        for mutant in mutants(facts.of(kind)):
            field = _field(mutant.where)
            tried[field] += 1
            if not noticed(mutant):
                found.setdefault(kind, []).append(mutant.where)
    return tried, found


def _field(where: str) -> str:
    return where.partition(" ")[0].partition(".")[0]


def table() -> str:
    """What rests on its source alone: counts by field, then the places by type."""
    tried, found = unnoticed()
    resting = Counter(_field(where) for places in found.values() for where in places)
    total = sum(tried.values())
    lines = [
        f"{total:,} changes of single values were tried; {total - sum(resting.values()):,} contradict a schema, botocore, the service "
        f"authorization reference or recorded words of AWS's pages. {sum(resting.values()):,} rest on their sources alone:\n",
        "| field | changes | noticed | resting on the source |",
        "|---|---|---|---|",
        *(f"| `{field}` | {tried[field]} | {tried[field] - resting[field]} | {resting[field]} |" for field in sorted(tried)),
        "",
        *(f"- {kind}: {'; '.join(dict.fromkeys(f'`{where}`' for where in places))}" for kind, places in found.items()),
    ]
    return "\n".join(lines) + "\n"


def inserted(text: str) -> str:
    """The page's text with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(inserted(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
