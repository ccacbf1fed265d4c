"""The proof of the gate: each single fault in rendered templates is caught, or listed with why it is harmless."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from tests.verify.survivors import SURVIVORS, Harmless

from ci.generators.variants import variants
from ci.model import Deployment
from ci.rules import Rule
from ci.verification import verify
from tests.deployments import Templates, rules
from tests.rendering import templates
from tests.verify.cases import NAMES, case, faults

# It finds every edit of an API that was not rendered; here the question is who sees what the edit does.
BLIND = "api-deployment-hash"
# Nothing in the mutants is about these: they have tests of their own.
ELSEWHERE = {BLIND, "limits"}
# Below these are policies, and maps without fixed names.
FREE = {
    "AssumeRolePolicyDocument",
    "EventPattern",
    "KeyPolicy",
    "Parameters",
    "PolicyDocument",
    "RepositoryPolicyText",
    "RequestParameters",
    "ResponseParameters",
    "ResponseTemplates",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_faults_are_put_into_is_clean(name: str) -> None:
    settings, rendered = case(name)
    assert not verify(Deployment(rendered, settings), rules()).found


def test_faults_are_put_into_every_property_that_the_templates_give_with_any_settings() -> None:
    assert _properties(case(name).templates for name in NAMES) == _properties(map(templates, variants()))


def test_every_fault_is_caught_or_harmless() -> None:
    kinds: Counter[str] = Counter()
    used: set[Harmless] = set()
    surprises: list[str] = []
    asked = _Rules()
    for name, mutant in faults():
        kinds[mutant.kind] += 1
        settings, rendered = case(name)
        if asked.find(Deployment(mutant.applied(rendered), settings, dict.fromkeys(rendered, 0))):
            continue
        harmless = [entry for entry in SURVIVORS if entry.covers(mutant)]
        used.update(harmless)
        if not harmless:
            surprises.append(f"{name}: {mutant.id}")
    assert not surprises, "\n".join(surprises)
    stale = [entry for entry in SURVIVORS if entry not in used]
    assert not stale, f"caught by now, so take them from the list: {stale}"
    assert kinds.total() >= 4500, kinds
    assert not asked.idle


def _properties(rendered: Iterable[Templates]) -> dict[str, set[str]]:
    """The paths of the properties that are given to each type."""
    given: dict[str, set[str]] = {}
    for each in rendered:
        for template in each.values():
            for resource in template["Resources"].values():
                given.setdefault(resource["Type"], set()).update(_paths(resource.get("Properties", {})))
    return given


def _paths(value: Any, before: str = "") -> Iterator[str]:
    """The paths of some properties; a list on the way is looked through."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in item):
            for key, inner in item.items():
                yield before + key
                if key not in FREE:
                    yield from _paths(inner, f"{before}{key}.")


class _Rules:
    """Asks one rule after the other until one finds something: first those that never did, then whichever found something last."""

    def __init__(self) -> None:
        self.idle: list[Rule] = [rule for rule in rules() if rule.id not in ELSEWHERE]
        self.busy: list[Rule] = [rule for rule in rules() if rule.id in ELSEWHERE - {BLIND}]

    def find(self, deployment: Deployment) -> bool:
        """Whether a rule finds something, or the templates do not resolve."""
        if deployment.problems:
            return True
        if woken := [rule for rule in self.idle if any(rule.findings(deployment))]:
            self.idle = [rule for rule in self.idle if rule not in woken]
            self.busy = [*woken, *self.busy]
            return True
        for rule in self.busy:
            if any(rule.findings(deployment)):
                self.busy = [rule, *(other for other in self.busy if other is not rule)]
                return True
        return False
