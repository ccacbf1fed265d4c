"""Pain 1: a change of the API never reaches the stage (aws-cdk 8646 and 16656, SAM 479)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.deployments import objections, properties, rendered, resource


def test_the_rendered_deployment_copies_every_method_under_the_hash_of_them_all() -> None:
    assert not objections("api-deployment", rendered("prod"))
    assert not objections("api-deployment-hash", rendered("prod"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda templates: properties(templates, "ApiGateway::Method")["Integration"].update(TimeoutInMillis=28000), id="method"
        ),
        pytest.param(lambda templates: properties(templates, "ApiGateway::VpcLink").update(Name="other"), id="VPC link"),
        pytest.param(lambda templates: properties(templates, "ApiGateway::Authorizer").update(Name="other"), id="authorizer"),
        pytest.param(
            lambda templates: properties(templates, "ApiGateway::GatewayResponse").update(StatusCode="418"), id="gateway response"
        ),
    ],
)
def test_a_change_under_the_old_id_is_found(change: Callable[..., Any]) -> None:
    templates = rendered("prod")
    change(templates)
    assert "the hash of what it deploys" in objections("api-deployment-hash", templates)


def test_a_method_that_the_deployment_does_not_wait_for_is_found() -> None:
    templates = rendered("prod")
    resource(templates, "ApiGateway::Deployment")["DependsOn"].remove("BooksGet")
    assert "does not wait for api.BooksGet" in objections("api-deployment", templates)


def test_a_stage_inside_the_deployment_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "ApiGateway::Deployment")["StageName"] = "prod"
    assert "makes a stage of its own" in objections("api-deployment", templates)
