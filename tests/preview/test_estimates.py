"""Time and money: against sums made by hand from the published figures."""

import copy
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.changes import report
from ci.changes.before import Before
from ci.changes.differ import changes
from ci.changes.preview import preview
from ci.estimates import costs, duration
from ci.model import Deployment
from facts import reference
from templates import instance_classes
from tests.rendering import deployed
from tests.settings import Table

# What 38 metrics of Container Insights cost; three alarms of two metrics each, three of one, and four of auto scaling.
INSIGHTS, ALARMS = 38 * 0.30, 3 * 0.20 + 3 * 0.10 + 4 * 0.10


def test_the_first_deployment() -> None:
    found = duration.creation(deployed({}))
    stacks = {stack.name: stack for stack in found.stacks}
    # Of each stack the longest chain, here: parameters, instance; log group, role, task, service, target, policy; key, topic, policy.
    database, service, notifications, dashboard = 2 + 595, 1 + 12 + 4 + 119 + 2 + 1, 122 + 4 + 1, 2
    names = ("database", "service", "notifications", "dashboard")
    assert [stacks[name].least for name in names] == [database, service, notifications, dashboard]
    assert (stacks["network"].least, stacks["network"].most) == (26, 133)
    # The API's 429 s pass meanwhile.
    assert stacks["api"].needs == ("load_balancing", "notifications") and stacks["api"].least == 429 + 12
    # The topic is there before the subnets, at the latest with them.
    assert (found.least, found.most) == (notifications + database + service + dashboard, 133 + database + service + 133)
    assert found.path == ("network", "database", "service", "dashboard")
    assert duration.minutes(found) == "about 15 to 17 minutes"


@pytest.mark.parametrize(
    ("old", "new", "least", "path"),
    [
        # Log groups of two stacks, and between them the bucket of access logs.
        ({}, {"log_days": 7}, 1 + 31 + 1, ("network", "load_balancing", "api")),
        (
            {"deployment": {"strategy": "rolling"}},
            {"deployment": {"strategy": "rolling"}, "service": {"cpu": 1024, "memory": 2048}},
            4 + 119,
            None,
        ),
        # The new version bakes for ten minutes.
        ({}, {"service": {"log_level": "ERROR"}}, 4 + 119 + 600, ("service",)),
        # The host of requests is in the task, so the service is released too, after a new group and a rule of it.
        ({}, {"ingress": "alb"}, 6 + 3 + 4 + 119 + 600, None),
    ],
)
def test_an_update(old: Table, new: Table, least: int, path: tuple[str, ...] | None) -> None:
    before, after = deployed(old), deployed(new)
    found = duration.update(after, changes(before, after))
    assert found.least == least and (path is None or set(found.path) <= set(path))


@pytest.mark.parametrize(
    ("database", "least", "most"),
    [({"instance_class": "db.t4g.small"}, 171, 1200), ({"multi_zone": False}, 171, 1200), ({"storage_gb": 30}, 171, 171)],
)
def test_a_database_changes_in_place(database: Table, least: int, most: int) -> None:
    before, after = deployed({}), deployed({"database": database})
    (stack,) = [stack for stack in duration.update(after, changes(before, after)).stacks if stack.name == "database"]
    assert (stack.least, stack.most) == (least, most)


def test_the_seconds_are_sourced_dated_and_of_every_type_that_is_rendered() -> None:
    table = tomllib.loads(duration.SECONDS.read_text())
    assert table["source"].startswith("https://github.com/aws-cloudformation/rain/") and table["date"].year >= 2026
    assert table["seconds"].keys() <= reference.types()


def test_removing_takes_the_time_of_its_stacks() -> None:
    before, after = deployed({"monitoring": {"email": "a@example.org"}}), deployed({})
    found = duration.update(after, changes(before, after))
    assert (found.least, found.most, found.path) == (0, 37, ("notifications",))
    assert duration.minutes(found) == "less than a minute"


def test_a_new_stack_takes_longer_than_one_that_stands() -> None:
    before, after = deployed({}), deployed({"bastion": True})
    found = {stack.name: stack.most for stack in duration.update(after, changes(before, after)).stacks}
    assert found["bastion"] >= 133 and found["network"] == 37


@pytest.mark.parametrize(
    ("name", "value", "release"),
    [
        ("HealthCheckGracePeriodSeconds", 60, False),
        ("CapacityProviderStrategy", [{"CapacityProvider": "FARGATE", "Weight": 1}], False),
        ("PropagateTags", "TASK_DEFINITION", False),
        ("EnableExecuteCommand", True, False),
        ("PlatformVersion", "1.4.0", True),
    ],
)
def test_a_change_of_the_service_is_a_release_only_where_ecs_starts_new_tasks(name: str, value: object, release: bool) -> None:
    old = deployed({})
    raw = copy.deepcopy({layer: template.raw for layer, template in old.templates.items()})
    raw["service"]["Resources"]["Service"]["Properties"][name] = value
    new = Deployment(raw, old.environment)
    assert duration.update(new, changes(old, new)).least == (119 + 600 if release else 71)


def test_another_strategy_is_no_release() -> None:
    before, after = deployed({}), deployed({"deployment": {"strategy": "canary"}})
    assert duration.update(after, changes(before, after)).least == 71


def test_what_changes_little_is_said_in_few_words() -> None:
    shown = report.text([preview(Before(deployed({}), "before"), deployed({"service": {"cpu_target": 60}}), ())])
    assert "Time: less than a minute" in shown
    assert "USD a month, as before." in shown and "Pricing Calculator" not in shown
    moved = report.text([preview(Before(deployed({}), "before"), deployed({"database": {"storage_gb": 30}}), ())])
    assert "(database 28.76 → 31.06)" in moved and "Pricing Calculator" in moved


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
        # Alarms of one metric, of one and of two; without the NLB one less.
        ({}, "load_balancing", 2 * 0.0225 * 730 + 2 * 0.10 + 0.20),
        ({"ingress": "alb"}, "load_balancing", 0.0225 * 730 + 0.10 + 0.20),
        # A secret, and four alarms.
        ({}, "database", 0.032 * 730 + 20 * 0.23 + 0.40 + 4 * 0.10),
        ({"database": {"multi_zone": False, "storage_gb": 50}}, "database", 0.016 * 730 + 50 * 0.115 + 0.40 + 4 * 0.10),
        ({}, "service", 2 * (0.5 * 0.03238 + 0.00356) * 730 + INSIGHTS + ALARMS),
        ({"service": {"architecture": "X86_64", "min_tasks": 3}}, "service", 3 * (0.5 * 0.04048 + 0.004445) * 730 + INSIGHTS + ALARMS),
        ({"service": {"spot_percent": 100}}, "service", 2 * (0.5 * 0.03238 + 0.00356) * 730 * 0.32 + INSIGHTS + ALARMS),
        (
            {"service": {"night": {"wake_hour": 8, "sleep_hour": 18}}},
            "service",
            # One alarm asks for the number of wanted tasks besides.
            (2 * (0.5 * 0.03238 + 0.00356) * 730 + INSIGHTS) * 50 / 168 + ALARMS + 0.10,
        ),
        ({"bastion": True}, "bastion", 0.0042 * 730 + 8 * 0.08),
        # A key; a dashboard.
        ({}, "notifications", 1),
        ({}, "dashboard", 3),
        ({"database": {"instance_class": "db.r7g.4xlarge"}}, "database", 2 * 2 * 0.956 * 730 + 20 * 0.23 + 0.40 + 4 * 0.10),
        ({}, "api", 10 + 2 * 0.10),
    ],
)
def test_what_a_layer_costs(change: Table, layer: str, usd: float) -> None:
    assert costs.by_layer(costs.items(deployed(change)))[layer] == pytest.approx(usd, abs=0.01)


def test_what_has_no_price_is_said() -> None:
    new = deployed({"database": {"instance_class": "db.m8g.large"}})
    assert costs.unpriced(costs.items(new)) == ["PostgreSQL db.m8g.large, Multi-AZ"]
    text = report.text([preview(Before(deployed({}), "before"), new, ())])
    assert "Cost: at least " in text and "Without a price here, and not counted: PostgreSQL db.m8g.large, Multi-AZ." in text


@pytest.mark.parametrize("size", sorted(instance_classes.MEMORY_GIB))
def test_every_instance_class_but_those_of_one_family_has_a_price(size: str) -> None:
    assert (size in costs.prices()["database_hour"]) == (not size.startswith("db.m8g."))


def test_a_larger_instance_costs_as_many_times_more() -> None:
    for size, usd in costs.prices()["database_hour"].items():
        family = size.rpartition(".")[0]
        memory = instance_classes.MEMORY_GIB[size] / instance_classes.MEMORY_GIB[f"{family}.large"]
        assert usd == pytest.approx(memory * costs.prices()["database_hour"][f"{family}.large"], rel=0.02)


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 100))
def test_a_share_is_between_none_and_all(tasks: int, base: int, percent: int) -> None:
    strategy = [
        {"CapacityProvider": "FARGATE", "Base": base, "Weight": 100 - percent},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": percent},
    ]
    share = costs.spot_share(strategy, tasks)
    assert 0 <= share <= percent / 100 + 1e-9 and (share == 0 or tasks > base)
