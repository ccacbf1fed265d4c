"""Walks through an update step by step, and says what follows: the constraints at each step, and the way of a request after it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from ci.changes.before import Before
from ci.changes.constraints import collisions, judged, replaced_steps, stays
from ci.changes.differ import MARK, POLICIES, Change
from ci.changes.finding import WORDS, Finding
from ci.changes.known import Known, OtherStacks
from ci.changes.plan import Plan, Step, plan, replaced
from ci.changes.prerequisites import refused
from ci.changes.request_path import SERVICE, TYPES, Broken, broken, callers, moves, operations, served
from ci.changes.state import State, ids, item, overlay
from ci.changes.values import at, listed, same
from ci.estimates import duration
from ci.model import Deployment
from facts.constraints.effects import INTERRUPTS

RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
API, STAGE, DEPLOYMENT = (f"AWS::ApiGateway::{name}" for name in ("RestApi", "Stage", "Deployment"))
WEIGHTS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html"
SNAPSHOTS = "https://github.com/serverless/serverless/issues/7542"
# These change in place and nobody notices.
UNNOTICED = ("Tags", *POLICIES)


def simulate(before: Before, new: Deployment, found: Collection[Change], given: Collection[str]) -> list[Finding]:
    """Everything that a deployment of `new` would do whose changes were found, the worst first; `given` are parameters with new values."""
    update = plan(before.deployment, new, found, given)
    start = _start(update, before.known)
    findings = [
        *_refused(update, start),
        *refused(before.deployment, new, found),
        *_retyped(found),
        *_now(update, before.known),
        *_restarts(start, found),
        *_reset(update, start, before.known),
        *_beside(new, before.others),
    ]
    if not any(finding.word == "fails" for finding in findings):
        # What fails goes no further.
        findings = [*_unserved(update, start), *findings]
    order = {word: index for index, word in enumerate(WORDS)}
    return sorted(dict.fromkeys(findings), key=lambda finding: order[finding.word])


def _start(update: Plan, known: Known) -> State:
    start = update.start.copy()
    for label, values in known.actual.items():
        if label in start.items:
            start.put(overlay(start.items[label], values))
    for each in start.of(DEPLOYMENT):
        _copy(start, each.id)
    if known.green_is_live:
        for rule in start.of(RULE):
            start.put(overlay(rule, {"Actions": [_turned(action) for action in listed(rule.at("Actions"))]}))
    return start


def _turned(action: dict[str, Any]) -> dict[str, Any]:
    """A forwarding action with the weight on all groups but the first."""
    groups = listed(at(action, ("ForwardConfig", "TargetGroups")))
    turned = [group | {"Weight": 100 if index else 0} for index, group in enumerate(groups)]
    return action | {"ForwardConfig": {"TargetGroups": turned}} if len(groups) > 1 else action


def _copy(state: State, identity: str) -> None:
    """What a resource copies of others at this moment."""
    state.copies[identity] = operations(state, next(ids(state.items[identity].at("RestApiId")), ""))


def _apply(state: State, step: Step) -> None:
    if step.action == "deleted":
        state.remove(step.item)
        return
    state.put(step.item)
    if step.action == "made" and step.item.type == DEPLOYMENT:
        _copy(state, step.item.id)


def _refused(update: Plan, start: State) -> Iterator[Finding]:
    """The constraints at each step; the order of siblings is of no matter to them."""
    state = start.copy()
    for step in update.orders[0]:
        yield from judged(state, _as_sent(step, start))
        if step.action == "made" and step.item.id.endswith(MARK) and (one := state.items.get(step.item.label)):
            yield from replaced_steps(one, step.item, step.title)
        _apply(state, step)
    for step in update.cleanup:
        yield from judged(state, step)
        if not stays(step, is_replaced=step.item.id + MARK in state.items):
            _apply(state, step)
    yield from _still_served(state, update)


def _as_sent(step: Step, start: State) -> Step:
    """A change as AWS sees it: CloudFormation sends what differs between the templates, and AWS compares it with what it has."""
    if step.before is None:
        return step
    has = start.items[step.before.id]
    kept = {name: value for name, value in has.properties.items() if same(step.before.at(name), step.item.at(name))}
    return step._replace(before=has, item=overlay(step.item, kept))


def _still_served(end: State, update: Plan) -> Iterator[Finding]:
    """Operations that are deleted, and are in the deployment that the stage serves."""
    gone = {step.item.id: step for step in update.cleanup}
    for stage in end.of(STAGE):
        wanted = operations(end, next(ids(stage.at("RestApiId")), ""))
        for name, method in served(end, stage).items():
            if name not in wanted and method.id in gone:
                sentence = f"would be removed, and {name} stays served: the deployment of the API is made before its operations are deleted"
                yield Finding("leaves-orphans", method.label, gone[method.id].title, sentence, SNAPSHOTS)


def _retyped(found: Collection[Change]) -> Iterator[Finding]:
    for change in found:
        if any(cause.property == "Type" for cause in change.causes):
            sentence = "would change its type, which CloudFormation refuses: give it another logical id"
            yield Finding("fails", change.label, "the beginning of the update", sentence)


def _restarts(start: State, found: Collection[Change]) -> Iterator[Finding]:
    """What restarts although it stays in place, if a request needs it."""
    needed = start.reached(start.of(STAGE, SERVICE))
    instead = replaced(found)
    for change in found:
        for cause in change.causes:
            if cause.effect == "interrupted" and change.label in needed - instead:
                name = cause.property.split(".")[0]
                row = next(row for row in INTERRUPTS if (row.type, row.property) == (change.type, name))
                title = f"the update of {change.label.partition('.')[0]}, when {change.label} is changed"
                sentence = f"would change its {name}, for which it, or what uses it, restarts: requests that need it fail meanwhile"
                yield Finding("interrupts", change.label, title, sentence, row.source)
                break


def _now(update: Plan, known: Known) -> Iterator[Finding]:
    """What follows from what AWS does with a resource at this moment."""
    for step in update.orders[0]:
        if step.before is None:
            continue
        changed = {name for name in {*step.before.properties, *step.item.properties} if not same(step.before.at(name), step.item.at(name))}
        for now in known.now.get(step.item.label, ()):
            if changed & set(now.properties or changed - set(UNNOTICED)):
                yield Finding(now.word, step.item.label, step.title, now.sentence, rollback=now.rollback)


# The way of a request


def _unserved(update: Plan, start: State) -> Iterator[Finding]:
    """Where requests are broken, from when to when; of several orders the first in which they are."""
    addresses = callers(start)
    end = start.copy()
    for step in [*update.orders[0], *update.cleanup]:
        _apply(end, step)
    wanted = {name for api in end.of(API) for name in operations(end, api.id)}
    seen: set[str] = set()
    for order in update.orders if addresses.defaults or addresses.domains else ():
        for place, finding in _walk(update, order, start, lambda state: broken(state, addresses, wanted)):
            if place not in seen:
                seen.add(place)
                yield finding


def _walk(update: Plan, order: list[Step], start: State, look: Callable[[State], list[Broken]]) -> Iterator[tuple[str, Finding]]:
    state = start.copy()
    since: dict[str, tuple[Step, Broken]] = {}
    usual = {each.place for each in look(state)}
    for step in [*order, *update.cleanup]:
        if step.action == "deleted" and stays(step, is_replaced=step.item.id + MARK in state.items):
            continue
        _apply(state, step)
        if step.item.type not in TYPES:
            continue
        now = [each for each in look(state) if each.place not in usual]
        for each in now:
            since.setdefault(each.place, (step, each))
        # Until then requests fail, though perhaps elsewhere.
        for place in [*since] if not now else ():
            yield place, _interrupted(*since.pop(place), step, order)
    yield from ((place, _interrupted(*begun, None, order)) for place, begun in since.items())


def _interrupted(begun: Step, where: Broken, until: Step | None, order: list[Step]) -> Finding:
    end = "for good"
    if until:
        end = f"until {until.item.label} is {until.action}"
        # Siblings begin together: it lasts as long as the stack takes that ends it.
        seconds = sum(_seconds(step) for step in order[: order.index(until) + 1] if step.stack == until.stack) if until in order else 0
        end += f", about {-(-seconds // 60)} minutes" if seconds > 60 else ""
    return Finding("interrupts", where.label, begun.title, f"{where.sentence}, {end}")


def _seconds(step: Step) -> int:
    if step.item.type == SERVICE:
        return duration.created(SERVICE) + duration.shift_seconds(step.item.resource)
    return duration.created(step.item.type) if step.action == "made" else duration.updated(step.item.type)


def _reset(update: Plan, start: State, known: Known) -> Iterator[Finding]:
    """An update of a rule sets the weights back that ECS has moved."""
    if known.green_is_live is False:
        return
    moved = {name for service in start.of(SERVICE) if moves(service) for name in ids(service.at("LoadBalancers"))}
    for step in update.orders[0]:
        if step.item.type == RULE and step.before and step.item.id in moved:
            names = {*step.before.properties, *step.item.properties} - set(UNNOTICED)
            if any(not same(step.before.at(name), step.item.at(name)) for name in names):
                sentence = "would be changed, which sets back the weights that ECS moves: requests may go to a target group without tasks"
                yield Finding("interrupts", step.item.label, step.title, f"{sentence}, until the service is deployed anew", WEIGHTS)


# Other stacks


def _beside(new: Deployment, others: Iterable[OtherStacks]) -> Iterator[Finding]:
    for other in others:
        # A stack outside of the root may be the same one, such as the account's.
        shared = set(_alone(new)) & set(_alone(other.deployment)) if other.same_region else set()
        mine, theirs = (
            [item(resource, lambda _: False) for resource in side if side.stack_name(resource.template) not in shared]
            for side in (new, other.deployment)
        )
        yield from collisions(mine, State(theirs), same_region=other.same_region)
        sentence = "is left as it is, with its data, and costs as before: another project, region or environment is another set of stacks"
        yield Finding("leaves-orphans", other.title, "the deployment", sentence)


def _alone(deployment: Deployment) -> Iterator[str]:
    """The stacks outside of the root."""
    for template in deployment.templates.values():
        if template.stack is None and template.name != "root":
            yield deployment.stack_name(template)
