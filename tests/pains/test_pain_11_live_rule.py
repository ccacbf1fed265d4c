"""Pain 11: a later update resets the weights that blue/green rewrote (aws-cdk 36649, containers-roadmap 2853)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.deployments import objections, properties, rendered, settings

RULE = "constitution"


@pytest.mark.parametrize("environment", ["dev", "prod", "staging"])
def test_the_rule_is_the_same_in_every_environment(environment: str) -> None:
    assert not objections(RULE, rendered(environment), settings(environment))
    kind = "ElasticLoadBalancingV2::ListenerRule"
    assert properties(rendered(environment), kind) == properties(rendered("prod"), kind)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda rule: rule["Actions"][0]["ForwardConfig"]["TargetGroups"][1].update(Weight=50), id="weights"),
        pytest.param(lambda rule: rule["Actions"][0]["ForwardConfig"]["TargetGroups"].pop(), id="one group"),
        pytest.param(lambda rule: rule["Actions"][0]["ForwardConfig"]["TargetGroups"].reverse(), id="order"),
        pytest.param(lambda rule: rule["Conditions"][0].update(Field="host-header"), id="condition"),
        pytest.param(lambda rule: rule.update(Priority=2), id="priority"),
    ],
)
def test_a_changed_rule_is_found(change: Callable[..., Any]) -> None:
    templates = rendered("prod")
    change(properties(templates, "ElasticLoadBalancingV2::ListenerRule"))
    assert objections(RULE, templates)
