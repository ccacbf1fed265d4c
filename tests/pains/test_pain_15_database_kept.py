"""Pain 15: a harmless-looking edit replaces the database (aws-cdk 14259)."""

from typing import Any

import pytest

from tests.deployments import objections, properties, rendered, resource, settings

RULE = "database-kept"


@pytest.mark.parametrize("environment", ["dev", "prod", "staging"])
def test_the_rendered_database_is_kept(environment: str) -> None:
    assert not objections(RULE, rendered(environment), settings(environment))


@pytest.mark.parametrize("policy", ["DeletionPolicy", "UpdateReplacePolicy"])
@pytest.mark.parametrize("value", ["Delete", None])
def test_another_policy_is_found(policy: str, value: Any) -> None:
    templates = rendered("prod")
    resource(templates, "RDS::DBInstance")[policy] = value
    assert f"no {policy} Snapshot" in objections(RULE, templates)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DeletionProtection", False),
        ("BackupRetentionPeriod", 0),
        ("DeleteAutomatedBackups", True),
        ("MultiAZ", False),
        ("StorageEncrypted", False),
        ("EngineVersion", "18.1"),
        ("DBName", "books"),
        ("AllowMajorVersionUpgrade", True),
    ],
)
def test_an_edit_that_weakens_or_replaces_it_is_found(name: str, value: Any) -> None:
    templates = rendered("prod")
    properties(templates, "RDS::DBInstance")[name] = value
    assert f"has {name} = {value}" in objections(RULE, templates)
