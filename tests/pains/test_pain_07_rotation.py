"""Pain 7: a rotation function times out inside the VPC (aws-cdk 17265)."""

import pytest

from tests.deployments import objections, properties, rendered

RULE = "secret-rotation"


def test_the_rendered_password_is_kept_and_rotated_by_rds() -> None:
    assert not objections(RULE, rendered("prod"))


def test_a_password_of_our_own_is_found() -> None:
    templates = rendered("prod")
    instance = properties(templates, "RDS::DBInstance")
    del instance["ManageMasterUserPassword"]
    instance["MasterUserPassword"] = "{{resolve:ssm-secure:password}}"
    assert "MasterUserPassword" in objections(RULE, templates)


@pytest.mark.parametrize("kind", ["SecretsManager::RotationSchedule", "SecretsManager::Secret", "Lambda::Function"])
def test_a_rotation_of_our_own_is_found(kind: str) -> None:
    templates = rendered("prod")
    templates["database"]["Resources"]["Rotation"] = {"Type": f"AWS::{kind}", "Properties": {}}
    assert f"is a AWS::{kind}" in objections(RULE, templates)
