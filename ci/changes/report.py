"""Shows previews: as text for a terminal, as Markdown for a pull request, as JSON for machines."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from ci.changes.differ import KINDS, LOOKED_UP, MARK, Cause, Change, Kind
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
    shown = ["\n".join(_text(preview, preview.changes)) for preview in previews]
    return "\n\n".join([*shown, *filter(None, ["\n".join(_footnotes(previews))])]) + "\n"


def markdown(previews: Sequence[Preview]) -> str:
    """For a pull request: what is harmless is folded away."""
    shown = "\n".join(line for preview in previews for line in _markdown(preview))
    notes = "\n".join(_footnotes(previews))
    return shown + (f"\n<sub>{notes}</sub>\n" if notes else "\n")


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
    """What to do about what is refused; empty where nothing is."""
    found = [refusal for preview in previews for refusal in preview.refused]
    if any(refusal.final for refusal in found):
        other = ", or do first what the report asks for" if any(preview.verdict.first for preview in previews) else ""
        return f"change the settings back{other}: what AWS refuses cannot be allowed."
    labels = dict.fromkeys(refusal.label for refusal in found)
    return f"change the settings back, or say that it is meant: --allow {' '.join(labels)}" if labels else ""


def _text(preview: Preview, shown: Sequence[Change]) -> Iterator[str]:
    yield f"{preview.environment}, compared with {preview.against}: {summary(preview)}"
    if preview.notice:
        yield f"  {preview.notice}"
    yield from (f"  {line}" for line in _verdict(preview))
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
    if preview.notice:
        yield f"> [!WARNING]\n> {preview.notice}\n"
    yield from (f"- {line}" for line in _verdict(preview))
    yield ""
    if preview.refused:
        yield f"> [!CAUTION]\n> {'AWS refuses this' if preview.verdict.word == 'fails' else 'Refused, unless allowed by name'}:"
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


def _verdict(preview: Preview) -> Iterator[str]:
    """The verdict in lines; nothing where nothing changes."""
    found = preview.verdict
    if found.word == "fine":
        yield from ["Verdict: fine."] if preview.changes else []
    else:
        yield f"Verdict: {found.word}, in {found.step}: {found.reason}."
        yield f"Then {found.rollback}."
    yield from (f"First: {sentence}" for sentence in found.first)


def _reasons(change: Change) -> Iterator[str]:
    # What explains the kind comes first; a property that refers to the same thing in many places says so once.
    causes = sorted(change.causes, key=lambda cause: cause.effect != change.kind.removeprefix("may be "))
    reasons = list(dict.fromkeys(_reason(cause, change.kind) for cause in causes))
    yield from reasons[:SHOWN]
    if len(reasons) > SHOWN:
        yield f"and {len(reasons) - SHOWN} more"
    if change.policy == "Snapshot":
        yield "a snapshot is taken of it before it is deleted"
    if change.policy.startswith("Retain"):
        yield "it is kept, outside of the stack"


def _reason(cause: Cause, kind: Kind) -> str:
    effect = EFFECT.get(cause.effect, "")
    if cause.through:
        mover = f"{cause.through} is replaced" if "may" not in kind else f"{cause.through} may give another value"
        return f"{cause.property.split('.')[0]}: {mover}{effect}"
    if isinstance(cause.before, str) and LOOKED_UP.search(cause.before) and cause.after == f"{cause.before}{MARK}":
        return f"{cause.property}: {cause.before} is looked up anew, and may be another value{effect}"
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
    about = "at least" if preview.costs.unpriced else "about"
    if not _moves(preview):
        yield f"Cost: {about} {sum(preview.costs.after.values()):.2f} USD a month, as before."
    else:
        before, after = preview.costs.before, preview.costs.after
        layers = {layer: _moved(before.get(layer, 0), after.get(layer, 0)) for layer in sorted({*before, *after})}
        parts = ", ".join(f"{layer} {moved}" for layer, moved in layers.items() if "→" in moved)
        yield f"Cost: {about} {_moved(sum(before.values()), sum(after.values()))} USD a month ({parts})."
    if preview.costs.unpriced:
        yield f"Without a price here, and not counted: {', '.join(preview.costs.unpriced)}."


def _moves(preview: Preview) -> bool:
    """Whether the costs change."""
    return preview.costs.before != preview.costs.after


def _moved(before: float, after: float) -> str:
    return f"{after:.2f}" if f"{before:.2f}" == f"{after:.2f}" else f"{before:.2f} → {after:.2f}"


def _footnotes(previews: Sequence[Preview]) -> Iterator[str]:
    """What the estimates are, where there are any."""
    if any(preview.changes for preview in previews):
        yield "Time: from averages over many deployments (ci/estimates/seconds.toml). Removals are not counted."
    if any(_moves(preview) for preview in previews):
        yield f"Cost: {costs.assumptions()}"


def _data(preview: Preview) -> dict[str, Any]:
    return {
        "environment": preview.environment,
        "against": preview.against,
        "notice": preview.notice,
        "changes": [change._asdict() | {"causes": [cause._asdict() for cause in change.causes]} for change in preview.changes],
        "verdict": preview.verdict._asdict(),
        "findings": [finding._asdict() for finding in preview.findings],
        "refused": [refusal._asdict() for refusal in preview.refused],
        "allowed": [refusal._asdict() for refusal in preview.allowed],
        "parameters": preview.given,
        "duration": preview.duration._asdict() | {"stacks": [stack._asdict() for stack in preview.duration.stacks]},
        "costs": preview.costs._asdict(),
        "assumptions": {"duration": duration.assumptions(), "costs": costs.assumptions()},
    }
