"""Pain 15: a harmless-looking edit replaces the database (aws-cdk 14259)."""

from typing import Any

import pytest

from tests.deployments import objections, properties, rendered, resource, settings

RULES = ("kept", "at-rest", "safeguards", "contract", "database")


@pytest.mark.parametrize("environment", ["dev", "prod", "staging"])
@pytest.mark.parametrize("rule", RULES)
def test_the_rendered_database_is_kept(environment: str, rule: str) -> None:
    assert not objections(rule, rendered(environment), settings(environment))


@pytest.mark.parametrize("policy", ["DeletionPolicy", "UpdateReplacePolicy"])
@pytest.mark.parametrize("value", ["Delete", None])
def test_another_policy_is_found(policy: str, value: Any) -> None:
    templates = rendered("prod")
    resource(templates, "RDS::DBInstance")[policy] = value
    assert f"has {policy} {value or 'nothing'}, not Snapshot" in objections("kept", templates)


@pytest.mark.parametrize(
    ("rule", "name", "value"),
    [
        ("kept", "DeletionProtection", False),
        ("kept", "BackupRetentionPeriod", 0),
        ("safeguards", "DeleteAutomatedBackups", True),
        ("safeguards", "MultiAZ", False),
        ("safeguards", "EngineVersion", "18.1"),
        ("safeguards", "AllowMajorVersionUpgrade", True),
        ("at-rest", "StorageEncrypted", False),
        ("contract", "DBName", "books"),
        ("database", "DBSnapshotIdentifier", "old"),
    ],
)
def test_an_edit_that_weakens_or_replaces_it_is_found(rule: str, name: str, value: Any) -> None:
    templates = rendered("prod")
    properties(templates, "RDS::DBInstance")[name] = value
    assert objections(rule, templates)
