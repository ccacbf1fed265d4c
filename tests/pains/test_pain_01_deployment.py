"""Pain 1: a change of the API never reaches the stage (aws-cdk 8646 and 16656, SAM 479)."""

import pytest

from tests.deployments import objections, properties, rendered, resource
from tests.rendering import templates
from tests.settings import Table, environment

RULE = "api-deployment"


def logical_id(change: Table) -> str:
    """The deployment's under these settings."""
    resources = templates(environment(change))["api"]["Resources"]
    return next(str(name) for name, found in resources.items() if found["Type"] == "AWS::ApiGateway::Deployment")


def test_the_rendered_deployment_copies_every_method() -> None:
    assert not objections(RULE, rendered("prod"))


@pytest.mark.parametrize(
    "change",
    [
        {"api": {"authorization": "iam"}},
        {"api": {"domain": "api.example.org"}},
        {"api": {"cors_origins": ["https://example.org"]}},
        {"ingress": "alb"},
        {"encryption": "end_to_end", "certificate_domain": "books.example.org"},
        {"network": {"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}},
    ],
)
def test_a_change_of_what_it_copies_or_leads_to_makes_another_one(change: Table) -> None:
    assert logical_id(change) != logical_id({})


def test_what_it_does_not_copy_makes_no_other_one() -> None:
    assert logical_id({"api": {"throttle_rate": 7}}) == logical_id({"service": {"cpu": 1024, "memory": 2048}}) == logical_id({})


def test_an_id_without_a_hash_is_found() -> None:
    broken = rendered("prod")
    resources = broken["api"]["Resources"]
    name = next(name for name, found in resources.items() if found["Type"] == "AWS::ApiGateway::Deployment")
    resources["Deployment"] = resources.pop(name)
    resources["Stage"]["Properties"]["DeploymentId"] = {"Ref": "Deployment"}
    assert "without a hash" in objections(RULE, broken)


def test_a_method_that_the_deployment_does_not_wait_for_is_found() -> None:
    templates = rendered("prod")
    resource(templates, "ApiGateway::Deployment")["DependsOn"].remove("BooksGet")
    assert "does not wait for api.BooksGet" in objections(RULE, templates)


def test_a_stage_inside_the_deployment_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "ApiGateway::Deployment")["StageName"] = "prod"
    assert "makes a stage of its own" in objections(RULE, templates)
