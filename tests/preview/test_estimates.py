"""Time and money: against sums made by hand from the published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.changes.differ import changes
from ci.estimates import costs, duration
from tests.rendering import deployed
from tests.settings import Table

ROLLING: Table = {"deployment": {"strategy": "rolling"}}


def test_the_first_deployment() -> None:
    found = duration.creation(deployed({}))
    # The database and then the service, with two small stacks around them; the API's 429 s pass meanwhile.
    assert (found.least, found.most) == (595 + 119, 133 + 595 + 133 + 133)
    assert found.path == ("network", "database", "service", "monitoring")
    assert duration.minutes(found) == "about 12 to 17 minutes"
    stacks = {stack.name: stack for stack in found.stacks}
    assert stacks["api"].needs == ("load_balancing",) and stacks["api"].least == 429


@pytest.mark.parametrize(
    ("old", "new", "least", "path"),
    [
        ({}, {"log_days": 7}, 0, None),
        (
            {"deployment": {"strategy": "rolling"}},
            {"deployment": {"strategy": "rolling"}, "service": {"cpu": 1024, "memory": 2048}},
            119,
            None,
        ),
        # The new version bakes for ten minutes.
        ({}, {"service": {"log_level": "ERROR"}}, 119 + 600, ("service",)),
        # The host of requests is in the task, so the service is released too.
        ({}, {"ingress": "alb"}, 119 + 600, None),
    ],
)
def test_an_update(old: Table, new: Table, least: int, path: tuple[str, ...] | None) -> None:
    before, after = deployed(old), deployed(new)
    found = duration.update(after, changes(before, after))
    assert found.least == least and (path is None or set(found.path) <= set(path))


def test_removing_takes_the_time_of_its_stacks() -> None:
    before, after = deployed({"monitoring": {"email": "a@example.org"}}), deployed({})
    found = duration.update(after, changes(before, after))
    assert (found.least, found.most, found.path) == (0, 133, ("monitoring",))
    assert duration.minutes(found) == "up to about 3 minutes"


@pytest.mark.parametrize(
    ("deployment", "minutes"),
    [
        ({"strategy": "rolling"}, 0),
        ({"strategy": "blue_green", "bake_minutes": 7}, 7),
        ({"strategy": "canary", "step_minutes": 6, "bake_minutes": 1}, 7),
        ({"strategy": "linear", "step_percent": 25, "step_minutes": 6, "bake_minutes": 1}, 3 * 6 + 1),
        ({"strategy": "linear", "step_percent": 30, "step_minutes": 6, "bake_minutes": 1}, 3 * 6 + 1),
    ],
)
def test_what_a_strategy_waits(deployment: Table, minutes: int) -> None:
    (service,) = deployed({"deployment": deployment}).of("AWS::ECS::Service")
    assert duration.shift_seconds(service) == minutes * 60


@pytest.mark.parametrize(
    ("change", "layer", "usd"),
    [
        ({}, "endpoints", 4 * 2 * 7.30),
        ({"network": {"endpoint_zones": "one"}}, "endpoints", 4 * 7.30),
        ({}, "load_balancing", 2 * 0.0225 * 730),
        ({"ingress": "alb"}, "load_balancing", 0.0225 * 730),
        ({}, "database", 0.032 * 730 + 20 * 0.23 + 0.40),
        ({"database": {"multi_zone": False, "storage_gb": 50}}, "database", 0.016 * 730 + 50 * 0.115 + 0.40),
        ({}, "service", 2 * (0.5 * 0.03238 + 0.00356) * 730 + 0.40),
        ({"service": {"architecture": "X86_64", "min_tasks": 3}}, "service", 3 * (0.5 * 0.04048 + 0.004445) * 730 + 0.40),
        ({"service": {"spot_percent": 100}}, "service", 2 * (0.5 * 0.03238 + 0.00356) * 730 * 0.32 + 0.40),
        ({"service": {"night": {"wake_hour": 8, "sleep_hour": 18}}}, "service", 2 * (0.5 * 0.03238 + 0.00356) * 730 * 50 / 168 + 0.40),
        ({"bastion": True}, "bastion", 0.0042 * 730),
        ({}, "api", 10),
    ],
)
def test_what_a_layer_costs(change: Table, layer: str, usd: float) -> None:
    assert costs.by_layer(costs.items(deployed(change)))[layer] == pytest.approx(usd, abs=0.01)


def test_what_has_no_price_is_said() -> None:
    found = costs.items(deployed({"database": {"instance_class": "db.m7g.large"}}))
    assert [item.what for item in found if item.usd is None] == ["PostgreSQL db.m7g.large, Multi-AZ"]


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 100))
def test_a_share_is_between_none_and_all(tasks: int, base: int, percent: int) -> None:
    strategy = [
        {"CapacityProvider": "FARGATE", "Base": base, "Weight": 100 - percent},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": percent},
    ]
    share = costs.spot_share(strategy, tasks)
    assert 0 <= share <= percent / 100 + 1e-9 and (share == 0 or tasks > base)
