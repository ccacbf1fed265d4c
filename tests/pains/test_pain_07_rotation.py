"""Pain 7: a rotation function times out inside the VPC (aws-cdk 17265)."""

from tests.deployments import objections, properties, rendered

RULE = "safeguards"


def test_the_rendered_password_is_kept_and_rotated_by_rds() -> None:
    assert not objections(RULE, rendered("prod"))


def test_a_password_of_our_own_is_found() -> None:
    templates = rendered("prod")
    instance = properties(templates, "RDS::DBInstance")
    del instance["ManageMasterUserPassword"]
    instance["MasterUserPassword"] = "{{resolve:ssm-secure:password}}"
    assert "MasterUserPassword" in objections(RULE, templates)


def test_a_password_that_nobody_rotates_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "RDS::DBInstance")["ManageMasterUserPassword"] = False
    assert "neither keeps nor rotates the password" in objections(RULE, templates)
