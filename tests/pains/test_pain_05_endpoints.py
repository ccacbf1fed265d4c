"""Pain 5: private tasks cannot pull, log or read secrets (ecs-agent 2235)."""

import pytest

from tests.deployments import objections, properties, rendered, resource, settings

RULES = ("endpoint-calls", "endpoints", "ways", "image", "flows")


@pytest.mark.parametrize("environment", ["dev", "prod", "staging"])
def test_every_call_of_the_rendered_roles_has_its_way(environment: str) -> None:
    assert not [
        objections(rule, rendered(environment), settings(environment))
        for rule in RULES
        if objections(rule, rendered(environment), settings(environment))
    ]


@pytest.mark.parametrize("endpoint", ["EcrApi", "EcrDkr", "Logs", "Secretsmanager", "S3"])
def test_a_missing_endpoint_is_found(endpoint: str) -> None:
    templates = rendered("prod")
    del templates["endpoints"]["Resources"][f"{endpoint}Endpoint"], templates["endpoints"]["Outputs"]
    assert "there is no endpoint for" in objections("endpoint-calls", templates)


@pytest.mark.parametrize("endpoint", ["EcrApi", "EcrDkr", "Logs", "Secretsmanager"])
def test_a_policy_that_lets_nothing_through_is_found(endpoint: str) -> None:
    templates = rendered("prod")
    policy = templates["endpoints"]["Resources"][f"{endpoint}Endpoint"]["Properties"]["PolicyDocument"]
    policy["Statement"][-1]["Resource"] = ["arn:aws:s3:::elsewhere"]
    assert "does not let through" in objections("endpoint-calls", templates)


def test_a_call_of_a_role_without_an_endpoint_is_found() -> None:
    templates = rendered("prod")
    templates["service"]["Resources"]["TaskRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = [
        "sqs:SendMessage"
    ]
    assert "there is no endpoint for sqs" in objections("endpoint-calls", templates)


def test_an_endpoint_that_nobody_calls_is_found() -> None:
    templates = rendered("prod")
    extra = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": resource(templates, "EC2::VPCEndpoint")["Properties"] | {"ServiceName": "com.amazonaws.us-east-1.sqs"},
    }
    templates["endpoints"]["Resources"]["SqsEndpoint"] = extra
    assert "no role in the network may call anything" in objections("endpoint-calls", templates)


def test_an_endpoint_without_private_dns_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "EC2::VPCEndpoint")["PrivateDnsEnabled"] = False
    assert "no private DNS" in objections("endpoints", templates)


def test_a_route_table_of_another_tier_is_found() -> None:
    templates = rendered("prod")
    templates["network"]["Outputs"]["ServiceRouteTableId"]["Value"] = {"Ref": "DataRouteTable"}
    assert "from where s3 is called" in objections("endpoints", templates)


def test_a_condition_on_the_link_that_ecr_signed_is_found() -> None:
    templates = rendered("prod")
    statement = templates["endpoints"]["Resources"]["S3Endpoint"]["Properties"]["PolicyDocument"]["Statement"][0]
    statement["Condition"] = {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}
    assert "a link signed by ECR" in objections("image", templates)


@pytest.mark.parametrize("rule", ["ServiceToEndpointsEgress", "ServiceToEndpointsIngress", "ServiceToS3"])
def test_a_closed_group_is_found(rule: str) -> None:
    templates = rendered("prod")
    del templates["network"]["Resources"][rule]
    assert "service cannot reach" in objections("flows", templates)
