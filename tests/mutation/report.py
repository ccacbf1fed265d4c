"""The page about which gate caught which fault."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.mutation.faults import Fault
from tests.verify.effects import EFFECTS, TABLE, effect

OURS = "verify"
KINDS = {
    "add": "a public resource added",
    "add action": "an action added to a policy",
    "add condition": "a condition added to a policy's statement",
    "add denial": "a denial added to a policy",
    "add entry": "an entry added to a list",
    "add key": "a key that means nothing",
    "add property": "a property that nobody judged",
    "add resource": "a resource added to a policy's statement",
    "add variable": "a variable added to the tasks",
    "drop": "a property, or an entry of a list, dropped",
    "drop action": "an action taken from a policy",
    "drop output": "an output dropped",
    "drop parameter": "a parameter dropped",
    "effect": "a policy's effect turned round",
    "expression": "another expression of metrics",
    "fix": "a value in place of the deployment's own",
    "flip": "true for false",
    "free": "a parameter that takes anything, or has a default",
    "independent": "a dependency dropped",
    "key": "another key in a condition",
    "leave over": "DeletionPolicy or UpdateReplacePolicy where it does not belong",
    "limit parameter": "a parameter that takes less, or has a default",
    "lower": "a lower number",
    "narrow": "a policy's resource narrowed",
    "operator": "another operator in a condition",
    "protocol": "another protocol",
    "raise": "a higher number, or another port",
    "remove": "a resource removed",
    "rename": "another text: a name, a value, an ARN",
    "star": "a star for the last part of a policy's resource",
    "stat": "another statistic",
    "swap": "another reference",
    "swap output": "another output's value",
    "type of parameter": "another type of parameter",
    "widen": "everybody, everywhere or everything",
}
WORDS = {"exposes": "exposes", "loses": "loses data", "breaks": "breaks", "weakens": "weakens", "": "only differs: no fault"}


class Asked(NamedTuple):
    """A gate, its version, and for each fault the rules that caught it."""

    name: str
    version: str
    caught: Sequence[set[str]]


def page(faults: Sequence[Fault], effects: Sequence[str], gates: Sequence[Asked], day: str) -> str:
    """The page; `effects` is for each fault what it does, and the first gate is verify."""
    versions = ", ".join(f"{gate.name} {gate.version}" for gate in gates[1:])
    total = len(faults)
    sections = [
        "# Single faults in the templates, and who sees them\n",
        f"Made by `make mutation` on {day}, with {versions}.\n",
        f"{total:,} faults ([tests/verify/mutations.py](../tests/verify/mutations.py)), each put alone into rendered templates: those of",
        "`prod`, of `dev`, or of other settings that switch on what these leave out, the first of them that has the place",
        "([tests/verify/cases.py](../tests/verify/cases.py)). A gate caught one if it objects to what it did not object to before, at",
        "warning level and above, with this project's suppressions. [docs/verify.md](verify.md) says what each gate is for.\n",
        *_table("put into", ["faults"], _cases(faults)),
        *_table("gate", ["caught", "share", "by it alone"], _totals(total, gates)),
        "By what the fault does ([tests/verify/effects.py](../tests/verify/effects.py)), whoever sees it:\n",
        *_grouped("the fault", gates, effects, WORDS, EFFECTS),
        "By layer:\n",
        *_grouped("layer", gates, [fault.mutant.template for fault in faults], {}, None),
        "By kind of fault:\n",
        *_grouped("kind", gates, [fault.mutant.kind for fault in faults], KINDS, None),
        "## What decides what a fault does\n",
        "The first line that fits counts. What only differs, `preview` shows.\n",
        *_table("the fault", ["faults", "passed by verify", "why", "AWS's page"], _reasons(faults, gates)),
    ]
    return "\n".join(sections)


def _table(first: str, others: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {first} | {' | '.join(others)} |"
    yield "|---" * (len(others) + 1) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _cases(faults: Sequence[Fault]) -> Iterator[tuple[str, ...]]:
    for name, count in Counter(fault.case for fault in faults).items():
        yield f"`{name}`", f"{count:,}"


def _totals(total: int, gates: Sequence[Asked]) -> Iterator[tuple[str, ...]]:
    for gate in gates:
        caught = sum(map(bool, gate.caught))
        yield gate.name, f"{caught:,}", f"{caught / total:.0%}", f"{_alone(gate, gates, range(total)):,}"
    nobody = sum(not any(gate.caught[index] for gate in gates) for index in range(total))
    yield "none of them", f"{nobody:,}", f"{nobody / total:.0%}", ""


def _alone(gate: Asked, gates: Sequence[Asked], indices: Sequence[int]) -> int:
    return sum(bool(gate.caught[index]) and not any(other.caught[index] for other in gates if other is not gate) for index in indices)


def _grouped(
    first: str, gates: Sequence[Asked], groups: Sequence[str], words: dict[str, str], order: Sequence[str] | None
) -> Iterator[str]:
    """A row a group: its faults, what each gate caught, and what verify alone did."""

    def rows() -> Iterator[tuple[str, ...]]:
        for group in order or sorted(set(groups)):
            indices = [index for index, each in enumerate(groups) if each == group]
            counts = [sum(bool(gate.caught[index]) for index in indices) for gate in gates]
            yield words.get(group, group), *(f"{count:,}" for count in (len(indices), *counts, _alone(gates[0], gates, indices)))

    yield from _table(first, ["faults", *(gate.name for gate in gates), "verify alone"], rows())


def _reasons(faults: Sequence[Fault], gates: Sequence[Asked]) -> Iterator[tuple[str, ...]]:
    found = [effect(fault.mutant) for fault in faults]
    for each in TABLE:
        own = [index for index, of in enumerate(found) if of is each]
        passed = sum(not gates[0].caught[index] for index in own)
        yield WORDS[each.does], f"{len(own):,}", f"{passed:,}", each.reason, f"[page]({each.source})"
