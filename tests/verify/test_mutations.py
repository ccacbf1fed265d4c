"""The proof of the gate: each single fault in rendered templates is caught, or listed with why it is harmless."""

from collections import Counter

from ci.model import Deployment
from ci.verify import verify
from tests.deployments import rendered, rules, settings
from tests.verify.mutations import mutants
from tests.verify.survivors import SURVIVORS, Harmless

# It finds every edit of an API that was not rendered; here the question is who sees what the edit does.
BLIND = "api-deployment-hash"
# Nothing in the mutants is about these: they have tests of their own.
ELSEWHERE = {BLIND, "limits", "name-lengths", "no-exports", "one-level", "subscribers"}


def test_every_fault_is_caught_or_harmless() -> None:
    kinds: Counter[str] = Counter()
    caught_by: Counter[str] = Counter()
    used: set[Harmless] = set()
    surprises: list[str] = []
    seen: set[str] = set()
    sighted = [rule for rule in rules() if rule.id != BLIND]
    for environment in ("prod", "dev"):
        templates = rendered(environment)
        assert not verify(Deployment(templates, settings(environment)), sighted).found
        for mutant in mutants(templates):
            if mutant.id in seen:
                continue
            seen.add(mutant.id)
            kinds[mutant.kind] += 1
            found = verify(Deployment(mutant.applied(templates), settings(environment)), sighted).found
            caught_by.update({rule.id for rule, _ in found})
            if found:
                continue
            harmless = [entry for entry in SURVIVORS if entry.covers(mutant)]
            used.update(harmless)
            if not harmless:
                surprises.append(f"{environment}: {mutant.id}")
    assert not surprises, "\n".join(surprises)
    stale = [entry for entry in SURVIVORS if entry not in used]
    assert not stale, f"caught by now, so take them from the list: {stale}"
    assert kinds.total() >= 120, kinds
    assert not {rule.id for rule in rules()} - set(caught_by) - ELSEWHERE
