"""Pain 4: a deployment resets the number of tasks (containers-roadmap 187)."""

from tests.deployments import objections, properties, rendered

RULE = "task-count"


def test_the_rendered_service_leaves_the_count_to_auto_scaling() -> None:
    assert not objections(RULE, rendered("prod"))


def test_a_desired_count_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "ECS::Service")["DesiredCount"] = 2
    assert "DesiredCount" in objections(RULE, templates)


def test_a_new_service_that_nothing_raises_to_its_minimum_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "ApplicationAutoScaling::ScalableTarget")["ScheduledActions"] = []
    assert "brings a new service to its minimum" in objections(RULE, templates)


def test_bounds_that_are_not_the_settings_are_found() -> None:
    templates = rendered("prod")
    properties(templates, "ApplicationAutoScaling::ScalableTarget")["MinCapacity"] = 1
    assert "from 2 to 4 tasks" in objections(RULE, templates)
