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
    assert "to which no schedule brings a new service" in objections(RULE, templates)


def test_bounds_that_leave_nothing_to_scale_are_found() -> None:
    templates = rendered("prod")
    properties(templates, "ApplicationAutoScaling::ScalableTarget")["MaxCapacity"] = 1
    assert "scales from 2 to 1 tasks" in objections(RULE, templates)


def test_a_service_without_a_count_that_nothing_scales_is_found() -> None:
    templates = rendered("prod")
    resources = templates["service"]["Resources"]
    for name in [name for name, found in resources.items() if found["Type"].startswith("AWS::ApplicationAutoScaling::")]:
        del resources[name]
    assert "stays at one task" in objections(RULE, templates)
    properties(templates, "ECS::Service")["DesiredCount"] = 2
    assert not objections(RULE, templates)
