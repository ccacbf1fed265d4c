"""Pain 12: rollback alarms are circular, or silently off (copilot 4294)."""

import pytest

from tests.deployments import objections, properties, rendered

RULE = "rollback-alarms"


def test_the_rendered_alarms_have_known_names_and_watch_both_groups() -> None:
    assert not objections(RULE, rendered("prod"))


def test_a_generated_name_is_found() -> None:
    templates = rendered("prod")
    del templates["service"]["Resources"]["RollbackErrors"]["Properties"]["AlarmName"]
    assert "no name by which the preflight would find it" in objections(RULE, templates)


@pytest.mark.parametrize("index", [0, 1])
def test_an_alarm_on_one_group_alone_is_found(index: int) -> None:
    templates = rendered("prod")
    del templates["service"]["Resources"]["RollbackErrors"]["Properties"]["Metrics"][index]
    assert "which may be the one that fails" in objections(RULE, templates)


def test_an_alarm_that_rings_without_traffic_is_found() -> None:
    templates = rendered("prod")
    templates["service"]["Resources"]["RollbackErrors"]["Properties"]["TreatMissingData"] = "breaching"
    assert "while there is no traffic" in objections(RULE, templates)


def test_an_alarm_that_refers_to_the_service_is_a_circle() -> None:
    templates = rendered("prod")
    templates["service"]["Resources"]["RollbackErrors"]["DependsOn"] = ["Service"]
    assert "waits for itself" in objections("nesting", templates)


def test_a_service_that_watches_none_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "ECS::Service")["DeploymentConfiguration"]["Alarms"]["AlarmNames"] = []
    assert "names no alarms" in objections(RULE, templates)
