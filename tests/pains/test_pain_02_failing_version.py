"""Pain 2: a bad image hangs the service update for three hours (containers-roadmap 1303)."""

import pytest

from tests.deployments import objections, properties, rendered, settings

RULE = "failing-deployment"


def test_rendered_services_call_a_failing_version_off() -> None:
    assert not objections(RULE, rendered("prod"))
    assert not objections(RULE, rendered("dev"), settings("dev"))


@pytest.mark.parametrize("switch", ["Enable", "Rollback"])
def test_rolling_needs_its_circuit_breaker(switch: str) -> None:
    templates = rendered("dev")
    properties(templates, "ECS::Service")["DeploymentConfiguration"]["DeploymentCircuitBreaker"][switch] = False
    assert f"DeploymentCircuitBreaker.{switch}" in objections(RULE, templates, settings("dev"))


@pytest.mark.parametrize("switch", ["Enable", "Rollback"])
def test_every_strategy_needs_its_alarms(switch: str) -> None:
    templates = rendered("prod")
    properties(templates, "ECS::Service")["DeploymentConfiguration"]["Alarms"][switch] = False
    assert f"Alarms.{switch}" in objections(RULE, templates)


def test_a_health_check_that_takes_minutes_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "ElasticLoadBalancingV2::TargetGroup", 1)["HealthCheckIntervalSeconds"] = 300
    assert "to find a target unhealthy" in objections(RULE, templates)


def test_a_container_without_a_health_check_is_found() -> None:
    templates = rendered("prod")
    del properties(templates, "ECS::TaskDefinition")["ContainerDefinitions"][1]["HealthCheck"]
    assert "no health check" in objections(RULE, templates)


def test_a_stack_of_the_service_without_an_end_is_found() -> None:
    templates = rendered("prod")
    stack = templates["root"]["Resources"]["Service"]["Properties"]
    # Shorter than what the strategy plans, and longer than CloudFormation would wait anyway.
    for minutes in (60, 40 * 60):
        stack["TimeoutInMinutes"] = minutes
        assert "TimeoutInMinutes" in objections(RULE, templates)
    del stack["TimeoutInMinutes"]
    assert "TimeoutInMinutes" in objections(RULE, templates)
