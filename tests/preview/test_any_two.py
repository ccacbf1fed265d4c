"""Any settings deployed over any others: the simulation says something, and nothing that contradicts itself."""

from functools import cache
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ci.changes import report
from ci.changes.before import Before
from ci.changes.constraints import rows
from ci.changes.differ import changes
from ci.changes.finding import WORDS
from ci.changes.plan import CLEANUP, plan, replaced
from ci.changes.preview import preview
from ci.model import Deployment
from ci.model.resolver import STACK
from tests import matrix
from tests.rendering import rendered

COMBINATIONS = dict(matrix.combinations())
NAMES = st.sampled_from(sorted(COMBINATIONS))


@cache
def combination(name: str) -> Deployment:
    return rendered(COMBINATIONS[name])


@given(NAMES, NAMES)
@settings(max_examples=40, deadline=None)
def test_a_verdict_is_the_worst_that_is_found(one: str, other: str) -> None:
    old, new = combination(one), combination(other)
    found = preview(Before(old, "before"), new, ())
    verdict = found.verdict
    assert verdict.word == min((finding.word for finding in found.findings), key=WORDS.index, default="fine")
    assert (verdict.word == "fine") == (not verdict.culprits) == (not found.refused)
    labels = {resource.label for side in (old, new) for resource in side}
    assert {finding.label for finding in found.findings} <= labels
    assert all(finding.step and finding.sentence for finding in found.findings)
    assert {refusal.final for refusal in found.refused} == ({verdict.word == "fails"} if found.refused else set())
    # What is allowed by name is no longer refused, unless AWS refuses it.
    again = preview(Before(old, "before"), new, [refusal.label for refusal in found.refused])
    assert bool(again.refused) == (verdict.word == "fails")
    for shown in (report.text([found]), report.markdown([found])):
        assert verdict.word in shown or not found.changes


@given(NAMES, NAMES)
@settings(max_examples=40, deadline=None)
def test_the_plan_leads_from_one_to_the_other(one: str, other: str) -> None:
    old, new = combination(one), combination(other)
    found = changes(old, new)
    update = plan(old, new, found, ())
    instead = replaced(found)
    made = {step.item.label for step in update.orders[0] if step.action == "made"}
    gone = {step.item.label for step in update.cleanup}
    # A nested stack is not a step of its own.
    steps = [change for change in found if change.type != STACK]
    assert made == {change.label for change in steps if change.kind == "added" or change.label in instead}
    assert gone == {change.label for change in steps if change.kind == "removed" or change.label in instead}
    for order in update.orders:
        assert sorted(map(str, order)) == sorted(map(str, update.orders[0]))
        # A stack begins when all that it waits for are through.
        stacks = [step.stack for step in order]
        runs = [stack for stack, after in pairwise([*stacks, None]) if stack != after]
        assert len(runs) == len(set(runs))
    assert all(CLEANUP in step.title for step in update.cleanup)


@given(NAMES)
@settings(max_examples=20, deadline=None)
def test_no_rendering_breaks_what_can_exist_once(name: str) -> None:
    """Else the first deployment would fail: the rows say nothing that is not so of what is rendered."""
    assert preview(Before(Deployment({}, combination(name).environment), "nothing"), combination(name), ()).verdict.word == "fine"


def test_each_type_is_known_by_what_is_unique_of_it() -> None:
    kinds = {resource.type for resource in combination(next(iter(COMBINATIONS)))}
    assert {kind for kind in kinds if rows(kind)} > {"AWS::EC2::Subnet", "AWS::RDS::DBInstance", "AWS::Logs::LogGroup"}
