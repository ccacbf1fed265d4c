"""The last paragraph of the pains: a template above CloudFormation's limits, nested twice, or with Conditions."""

import pytest

from tests.deployments import objections, rendered


@pytest.mark.parametrize("rule", ["limits", "nesting"])
def test_rendered_templates_are_within_the_limits(rule: str) -> None:
    assert not objections(rule, rendered("prod"))


def test_a_bootstrap_too_large_to_deploy_without_a_bucket_is_found() -> None:
    templates = rendered("prod")
    templates["bootstrap"]["Description"] = 20_000 * "x"
    assert "51200 are allowed" in objections("limits", templates)


def test_five_hundred_resources_are_enough() -> None:
    templates = rendered("prod")
    templates["network"]["Resources"] |= {f"Group{number}": {"Type": "AWS::Logs::LogGroup"} for number in range(500)}
    assert "500 are allowed" in objections("limits", templates)


def test_two_hundred_outputs_are_enough() -> None:
    templates = rendered("prod")
    templates["network"]["Outputs"] |= {f"Output{number}": {"Value": "x"} for number in range(200)}
    assert "outputs; 200 are allowed" in objections("limits", templates)


def test_a_second_level_of_nesting_is_found() -> None:
    templates = rendered("prod")
    templates["api"]["Resources"]["Dashboard"] = templates["root"]["Resources"].pop("Dashboard")
    templates["api"]["Resources"]["Dashboard"]["Properties"]["Parameters"] = dict.fromkeys(templates["dashboard"]["Parameters"], "x")
    del templates["root"]["Outputs"]["DashboardUrl"]
    assert "api.Dashboard is not where it belongs" in objections("nesting", templates)


@pytest.mark.parametrize("section", ["Conditions", "Mappings", "Transform"])
def test_a_section_that_hides_choices_is_found(section: str) -> None:
    templates = rendered("prod")
    templates["network"][section] = {}
    assert f"has {section}" in objections("resolved", templates)


def test_a_condition_at_a_resource_is_found() -> None:
    templates = rendered("prod")
    templates["network"]["Resources"]["Vpc"]["Condition"] = "Always"
    assert "has a Condition" in objections("resolved", templates)
