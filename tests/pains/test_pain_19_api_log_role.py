"""Pain 19: API access logs fail because the account has no role for them (sst 1556)."""

import msgspec
import pytest

from tests.deployments import objections, rendered, resource, settings

RULE = "api-stage"


def test_the_rendered_account_stack_has_the_role_and_keeps_it() -> None:
    assert not objections(RULE, rendered("prod"))
    assert not objections("kept", rendered("prod"))


def test_an_account_without_it_is_found() -> None:
    templates = rendered("prod")
    del templates["account"]["Resources"]["ApiGatewayAccount"]
    assert "no role with which API Gateway writes logs" in objections(RULE, templates)


def test_it_may_be_somebody_elses() -> None:
    templates, account = rendered("prod"), settings("prod").account
    del templates["account"]
    elsewhere = msgspec.structs.replace(settings("prod"), account=msgspec.structs.replace(account, api_gateway_log_role=False))
    assert not objections(RULE, templates, elsewhere)


def test_a_role_that_does_not_trust_the_gateway_is_found() -> None:
    templates = rendered("prod")
    role = templates["account"]["Resources"]["ApiGatewayLogRole"]["Properties"]
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"Service": ["ec2.amazonaws.com"]}
    assert "does not trust apigateway.amazonaws.com" in objections("closed-trust", templates)


def test_a_role_that_lacks_an_action_is_found() -> None:
    templates = rendered("prod")
    policy = templates["account"]["Resources"]["ApiGatewayLogRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    policy["Statement"][0]["Action"].remove("logs:PutLogEvents")
    assert "lacks logs:PutLogEvents" in objections("role-grants", templates)


@pytest.mark.parametrize("kind", ["ApiGateway::Account", "IAM::Role"])
def test_a_role_that_goes_with_the_stack_is_found(kind: str) -> None:
    templates = rendered("prod")
    account = {"account": templates["account"]}
    del resource(account, kind)["DeletionPolicy"]
    assert "has DeletionPolicy nothing" in objections("kept", templates)
