"""The proof of the gate: of the single faults that expose, lose or break something, at least 99 of 100 are caught.

What a fault does, tests/verify/effects.py says, whoever sees it; what only differs from what was rendered is not called one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from ci.generators.variants import variants
from ci.model import Deployment
from ci.rules import Rule
from ci.verification import verify
from tests.deployments import Templates, rules
from tests.rendering import templates
from tests.verify.cases import NAMES, case, faults
from tests.verify.effects import TABLE, effect

# Nothing in the mutants is about these: they have tests of their own.
ELSEWHERE = {"limits"}
SHARE = 0.99
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


def test_what_exposes_loses_or_breaks_is_caught() -> None:
    every: Counter[str] = Counter()
    missed: dict[str, list[str]] = {}
    asked = _Rules()
    for name, mutant in faults():
        does = effect(mutant).does
        every[does] += 1
        settings, rendered = case(name)
        if not asked.find(Deployment(mutant.applied(rendered), settings, dict.fromkeys(rendered, 0))):
            missed.setdefault(does, []).append(f"{does}: {name}: {mutant.id}")
    assert not asked.idle
    grave = ("exposes", "loses", "breaks")
    passed = [line for does in grave for line in missed.get(does, [])]
    total = sum(every[does] for does in grave)
    assert total >= 3000, every
    assert len(passed) <= (1 - SHARE) * total, "\n".join(passed)


def test_each_effect_has_a_fault() -> None:
    idle = set(TABLE)
    for _, mutant in faults():
        idle.discard(effect(mutant))
    assert not idle


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
        self.busy: list[Rule] = [rule for rule in rules() if rule.id in ELSEWHERE]

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
