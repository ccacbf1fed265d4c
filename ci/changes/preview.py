"""All that is known before a deployment: its changes, the verdict, what is refused of them, how long it takes, what it costs afterwards."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from ci.changes.before import Before
from ci.changes.differ import Change, changes
from ci.changes.finding import Finding
from ci.changes.opened import Opened, opened
from ci.changes.prerequisites import first
from ci.changes.simulation import simulate
from ci.changes.verdict import Refusal, Verdict, refusals, verdict
from ci.estimates import costs, duration
from ci.model import Deployment, Missing, Parameter, Template, Text, UnusableInputError
from ci.model.resolver import STACK


class Costs(NamedTuple):
    """USD a month by layer, and what has no price in the table."""

    before: dict[str, float]
    after: dict[str, float]
    unpriced: tuple[str, ...]


class Preview(NamedTuple):
    """What a report shows of one environment."""

    environment: str
    against: str
    notice: str
    changes: list[Change]
    opened: Opened
    verdict: Verdict
    findings: list[Finding]
    refused: list[Refusal]
    allowed: list[Refusal]
    given: dict[str, list[str]]
    # The stacks that are new as a whole, and what they are for.
    created: dict[str, str]
    duration: duration.Duration
    costs: Costs


def preview(old: Before, new: Deployment, allow: Collection[str], given: Collection[str] | None = None) -> Preview:
    """Compare, and judge; raises UnusableInputError. `given` are the parameters that get another value; None where nobody knows yet."""
    known = {resource.label for side in (old.deployment, new) for resource in side} | {other.title for other in old.others}
    if unknown := sorted(set(allow) - known):
        raise UnusableInputError(f"--allow {unknown[0]}: there is no such resource; name it as LAYER.LogicalId, such as {min(known)}.")
    found = changes(old.deployment, new, given or ())
    try:
        findings = simulate(old, new, found, given or ())
        time, money = duration.update(new, found), _costs(old.deployment, new)
        opens = opened(old.deployment, new)
    except (Missing, AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"{new.environment.name}: no resource takes such a property ({error}); make lint shows which."
        raise UnusableInputError(message) from None
    judged = refusals(findings)
    return Preview(
        new.environment.name,
        old.title,
        old.notice,
        found,
        opens,
        verdict(findings, first(old, new, found)),
        findings,
        [refusal for refusal in judged if refusal.final or refusal.label not in allow],
        [refusal for refusal in judged if not refusal.final and refusal.label in allow],
        _given(new) if given is None else {},
        {name: _purpose(template) for name, template in new.templates.items() if name not in old.deployment.templates},
        time,
        money,
    )


def _costs(old: Deployment, new: Deployment) -> Costs:
    before, after = costs.items(old), costs.items(new)
    unpriced = sorted({*costs.unpriced(before), *costs.unpriced(after)})
    return Costs(costs.by_layer(before), costs.by_layer(after), tuple(unpriced))


def _purpose(template: Template) -> str:
    return str(template.raw.get("Description", "")).partition(": ")[2]


def _given(deployment: Deployment) -> dict[str, list[str]]:
    """For each parameter of the deployment, the resources that change when another value is given."""
    found: dict[str, list[str]] = {}
    for resource in deployment:
        for name in sorted(_parameters(resource.properties)) if resource.type != STACK else ():
            found.setdefault(name, []).append(resource.label)
    return found


def _parameters(value: object) -> set[str]:
    match value:
        case Parameter():
            return {value.name}
        case dict():
            inner: Iterable[object] = value.values()
        case list():
            inner = value
        case Text():
            inner = value.parts
        case _:
            inner = ()
    return {name for item in inner for name in _parameters(item)}
