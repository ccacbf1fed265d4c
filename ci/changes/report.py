"""Shows previews: as text for a terminal, as Markdown for a pull request, as JSON for machines."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from ci.changes.differ import KINDS, Cause, Change, Kind
from ci.changes.preview import Preview
from ci.estimates import costs, duration
from ci.model.resolver import STACK

# More causes than these say no more to a reader; JSON has them all.
SHOWN = 5
WIDTH = 60
EFFECT = {"replaced": ", which replaces it", "may be replaced": ", which may replace it", "interrupted": ", which interrupts it"}
# Each kind's mark on a terminal, and in Markdown.
MARKS: dict[Kind, tuple[str, str]] = {
    "removed": ("-", "🗑️"),
    "replaced": ("!", "♻️"),
    "may be replaced": ("?", "❓"),
    "interrupted": ("~", "⏸️"),
    "changed": ("~", "✏️"),
    "added": ("+", "✨"),
    "may be changed": ("?", "❓"),
}


def text(previews: Sequence[Preview]) -> str:
    """For a terminal."""
    return "\n\n".join("\n".join(_text(preview, preview.changes)) for preview in previews) + "\n\n" + _footnotes() + "\n"


def markdown(previews: Sequence[Preview]) -> str:
    """For a pull request: what is harmless is folded away."""
    return "\n".join(line for preview in previews for line in _markdown(preview)) + f"\n<sub>{_footnotes()}</sub>\n"


def as_json(previews: Sequence[Preview]) -> str:
    """For machines: everything."""
    return json.dumps([_data(preview) for preview in previews], indent=2, ensure_ascii=False) + "\n"


def summary(preview: Preview) -> str:
    """How many resources are removed, replaced and so on."""
    counts = Counter(change.kind for change in preview.changes)
    return ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind]) or "nothing changes"


def brief(preview: Preview) -> str:
    """For a terminal on which the deployment follows: a stack that is new as a whole is one line."""
    size = Counter(_layer(change) for change in preview.changes)
    # What the root adds are these stacks.
    folded = {"root", *preview.created}
    shown = [change for change in preview.changes if change.kind != "added" or _layer(change) not in folded]
    shown += [
        Change(layer, STACK, f"{size[layer]} resources: {purpose}", "added", (), "")
        for layer, purpose in preview.created.items()
        if layer != "root"
    ]
    return "\n".join(_text(preview, shown))


def _layer(change: Change) -> str:
    return change.label.partition(".")[0]


def refused(previews: Sequence[Preview]) -> str:
    """The option that says that what is refused is meant; empty where nothing is."""
    labels = dict.fromkeys(refusal.label for preview in previews for refusal in preview.refused)
    return f"--allow {' '.join(labels)}" if labels else ""


def _text(preview: Preview, shown: Sequence[Change]) -> Iterator[str]:
    yield f"{preview.environment}, compared with {preview.against}: {summary(preview)}"
    for refusal in preview.refused:
        yield f"  REFUSED  {refusal.label} {refusal.sentence}."
    for refusal in preview.allowed:
        yield f"  allowed  {refusal.label} {refusal.sentence}."
    for kind in KINDS:
        found = [change for change in shown if change.kind == kind]
        if found:
            yield f"  {kind}"
        width = max((len(change.label) for change in found), default=0)
        for change in found:
            yield f"  {MARKS[kind][0]} {change.label.ljust(width)}  {change.description}"
            yield from (f"      {line}" for line in _reasons(change))
    yield from (f"  {line}" for line in _notes(preview))


def _markdown(preview: Preview) -> Iterator[str]:
    yield f"### `{preview.environment}`: {summary(preview)}\n\nCompared with {preview.against}.\n"
    if preview.refused:
        yield "> [!CAUTION]\n> Refused, unless allowed by name:"
        yield from (f"> - `{refusal.label}` {refusal.sentence}." for refusal in preview.refused)
        yield ""
    if preview.allowed:
        yield "> [!WARNING]\n> Allowed by name:"
        yield from (f"> - `{refusal.label}` {refusal.sentence}." for refusal in preview.allowed)
        yield ""
    for grave in (True, False):
        found = [change for change in preview.changes if (KINDS.index(change.kind) < KINDS.index("changed")) == grave]
        if not found:
            continue
        if not grave:
            yield f"<details><summary>{len(found)} more, in place or added</summary>\n"
        yield "| | resource | | why |\n|---|---|---|---|"
        for change in found:
            why = "<br>".join(escape(line, quote=False).replace("|", "\\|") for line in _reasons(change))
            yield f"| {MARKS[change.kind][1]} {change.kind} | `{change.label}` | {change.description} | {why} |"
        yield "" if grave else "\n</details>\n"
    yield from (f"- {line}" for line in _notes(preview))
    yield ""


def _reasons(change: Change) -> Iterator[str]:
    # What explains the kind comes first; a property that refers to the same thing in many places says so once.
    causes = sorted(change.causes, key=lambda cause: cause.effect != change.kind.removeprefix("may be "))
    reasons = list(dict.fromkeys(map(_reason, causes)))
    yield from reasons[:SHOWN]
    if len(reasons) > SHOWN:
        yield f"and {len(reasons) - SHOWN} more"
    if change.policy == "Snapshot":
        yield "a snapshot is taken of it before it is deleted"
    if change.policy.startswith("Retain"):
        yield "it is kept, outside of the stack"


def _reason(cause: Cause) -> str:
    effect = EFFECT.get(cause.effect, "")
    if cause.through:
        return f"{cause.property.split('.')[0]}: refers to {cause.through}{effect}"
    before, after = (json.dumps(value, ensure_ascii=False) for value in (cause.before, cause.after))
    same = next((index for index, (was, now) in enumerate(zip(before, after, strict=False)) if was != now), 0)
    common = same if max(len(before), len(after)) > WIDTH else 0
    return f"{cause.property}: {_cut(before, common)} → {_cut(after, common)}{effect}"


def _cut(value: str, common: int) -> str:
    """A value short enough to read, from a little before the first difference."""
    start = max(0, common - WIDTH // 3)
    cut = ("…" if start else "") + value[start : start + WIDTH] + ("…" if start + WIDTH < len(value) else "")
    return "nothing" if value == "null" else cut


def _notes(preview: Preview) -> Iterator[str]:
    for name, labels in preview.given.items():
        yield f"Another {name} also changes {', '.join(labels)}: what a deployment is given is not compared."
    if preview.changes:
        path = f", critical path {' → '.join(preview.duration.path)}" if preview.duration.path else ""
        yield f"Time: {duration.minutes(preview.duration)}{path}."
    before, after = (sum(side.values()) for side in (preview.costs.before, preview.costs.after))
    layers = sorted({*preview.costs.before, *preview.costs.after})
    parts = [f"{layer} {_moved(preview.costs.before.get(layer, 0), preview.costs.after.get(layer, 0))}" for layer in layers]
    yield f"Cost: {'at least' if preview.costs.unpriced else 'about'} {_moved(before, after)} USD a month ({', '.join(parts)})."
    if preview.costs.unpriced:
        yield f"Without a price here, and not counted: {', '.join(preview.costs.unpriced)}."


def _moved(before: float, after: float) -> str:
    return f"{after:.2f}" if f"{before:.2f}" == f"{after:.2f}" else f"{before:.2f} → {after:.2f}"


def _footnotes() -> str:
    return f"Time: {duration.assumptions()}\nCost: {costs.assumptions()}"


def _data(preview: Preview) -> dict[str, Any]:
    return {
        "environment": preview.environment,
        "against": preview.against,
        "changes": [change._asdict() | {"causes": [cause._asdict() for cause in change.causes]} for change in preview.changes],
        "refused": [refusal._asdict() for refusal in preview.refused],
        "allowed": [refusal._asdict() for refusal in preview.allowed],
        "parameters": preview.given,
        "duration": preview.duration._asdict() | {"stacks": [stack._asdict() for stack in preview.duration.stacks]},
        "costs": preview.costs._asdict(),
        "assumptions": {"duration": duration.assumptions(), "costs": costs.assumptions()},
    }
