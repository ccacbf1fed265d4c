"""What is refused, and what is not."""

import copy

import pytest

from ci.changes import report
from ci.changes.before import Before
from ci.changes.differ import changes
from ci.changes.preview import preview
from ci.changes.refusals import Refusal, refusals
from ci.model import Deployment
from tests.rendering import deployed
from tests.settings import Table

TLS: Table = {"encryption": "end_to_end", "certificate_domain": "a.example.org"}
SUBNETS = {f"network.{tier}Subnet{zone}" for tier in ("Ingress", "Service", "Data") for zone in "AB"}
GROUPS = {f"load_balancing.{name}TargetGroup" for name in ("Blue", "Green", "Alb")}


def refused(old: Deployment, new: Deployment, *, green_is_live: bool = False) -> set[str]:
    return {refusal.label for refusal in refusals(changes(old, new), old, new, green_is_live=green_is_live)}


def refused_by(old: Table, new: Table) -> list[Refusal]:
    return refusals(changes(deployed(old), deployed(new)), deployed(old), deployed(new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"log_days": 7, "bastion": True, "service": {"cpu": 1024, "memory": 2048}}, set()),
        ({}, {"database": {"instance_class": "db.t4g.small", "storage_gb": 30, "backup_days": 9, "multi_zone": False}}, set()),
        ({}, {"network": {"endpoint_zones": "one"}}, set()),
        ({}, {"network": {"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}}, SUBNETS),
        ({}, {"network": {"cidr": "10.1.0.0/16"}}, SUBNETS | GROUPS | {"network.Vpc", "load_balancing.Rule"}),
        ({}, {"ingress": "alb"}, {"load_balancing.Nlb", "load_balancing.AlbTargetGroup", "api.VpcLink"}),
        ({}, {"api": {"authorization": "none"}}, {"api.UserPool"}),
        ({}, TLS, GROUPS | {"load_balancing.Rule"}),
        ({"deployment": {"strategy": "rolling"}}, {"deployment": {"strategy": "rolling"}, **TLS}, set()),
        ({"deployment": {"strategy": "rolling"}}, {"deployment": {"strategy": "canary"}}, set()),
        ({}, {"deployment": {"strategy": "rolling"}}, set()),
    ],
)
def test_settings(old: Table, new: Table, expected: set[str]) -> None:
    assert refused(deployed(old), deployed(new)) == expected


def test_blue_green_may_not_end_while_green_is_live() -> None:
    assert refused(deployed({}), deployed({"deployment": {"strategy": "rolling"}}), green_is_live=True) == {"service.Service"}
    assert refused(deployed({}), deployed({"deployment": {"strategy": "linear"}}), green_is_live=True) == set()


@pytest.mark.parametrize(
    ("template", "logical_id", "property_name", "value", "sentence"),
    [
        ("database", "Instance", "StorageEncrypted", False, "would be replaced: it keeps data"),
        ("database", "Instance", "DBSnapshotIdentifier", "old", "may be replaced: it keeps data"),
        ("database", "Instance", "ManageMasterUserPassword", False, "would lose the secret that keeps its password"),
        ("bootstrap", "Repository", "EncryptionConfiguration", {"EncryptionType": "KMS"}, "would be replaced: it keeps data"),
        ("load_balancing", "Alb", "Scheme", "internet-facing", "would be replaced: every request passes through it"),
        ("load_balancing", "Rule", "Priority", 2, "would change its Priority"),
        ("network", "DataSubnetA", "MapPublicIpOnLaunch", True, "would change its MapPublicIpOnLaunch"),
        ("bootstrap", "Boundary", "Path", "/other/", "CloudFormation cannot do it while the new one has the old one's name"),
        ("network", "DataSubnetA", "Tags", [], None),
        ("database", "Instance", "BackupRetentionPeriod", 1, "would lose the automatic backups older than 1 days"),
        ("database", "Instance", "BackupRetentionPeriod", 9, None),
        ("database", "Instance", "DeletionProtection", False, None),
        ("service", "Cluster", "ClusterName", "books", "would be replaced: all running tasks stop with it"),
        ("service", "Service", "ServiceName", "books", "would be replaced: all running tasks stop with it"),
        ("api", "RestApi", "DisableExecuteApiEndpoint", True, "would lose its address at execute-api: its callers know its address"),
        ("api", "UserPool", "UsernameAttributes", ["phone_number"], "would change its UsernameAttributes, which AWS refuses"),
        ("database", "Instance", "EngineLifecycleSupport", "open-source-rds-extended-support", "would change its EngineLifecycleSupport"),
    ],
)
def test_one_property(template: str, logical_id: str, property_name: str, value: object, sentence: str | None) -> None:
    old = deployed({})
    raw = copy.deepcopy({name: found.raw for name, found in old.templates.items()})
    raw[template]["Resources"][logical_id]["Properties"][property_name] = value
    new = Deployment(raw, old.environment)
    found = {refusal.label: refusal.sentence for refusal in refusals(changes(old, new), old, new)}
    assert sentence in found[f"{template}.{logical_id}"] if sentence else not found


@pytest.mark.parametrize(("protection", "policy", "expected"), [(False, "Delete", True), (False, "Retain", False), (True, "Delete", False)])
def test_a_database_is_not_left_without_protection_and_snapshot(protection: bool, policy: str, expected: bool) -> None:
    old = deployed({})
    raw = copy.deepcopy({name: found.raw for name, found in old.templates.items()})
    instance = raw["database"]["Resources"]["Instance"]
    instance["Properties"]["DeletionProtection"], instance["DeletionPolicy"] = protection, policy
    new = Deployment(raw, old.environment)
    found = {refusal.label: refusal.sentence for refusal in refusals(changes(old, new), old, new)}
    assert ("could be deleted without a snapshot" in found.get("database.Instance", "")) == expected


def test_a_domain_takes_the_address_that_callers_know() -> None:
    found = {refusal.label: refusal.sentence for refusal in refused_by({}, {"api": {"domain": "books.example.org"}})}
    assert found == {"api.RestApi": "would lose its address at execute-api: its callers know its address"}


@pytest.mark.parametrize(
    ("template", "logical_id", "key", "value", "allowed"),
    [
        ("service", "AppLogGroup", "Type", "AWS::SNS::Topic", False),
        ("database", "Instance", "AllocatedStorage", "10", False),
        ("database", "Instance", "StorageEncrypted", False, False),
        ("api", "UserPool", "UsernameAttributes", ["phone_number"], False),
        ("database", "Instance", "BackupRetentionPeriod", 1, True),
        ("load_balancing", "Alb", "Scheme", "internet-facing", True),
    ],
)
def test_what_aws_refuses_nobody_allows(template: str, logical_id: str, key: str, value: object, allowed: bool) -> None:
    old = deployed({})
    raw = copy.deepcopy({name: found.raw for name, found in old.templates.items()})
    resource = raw[template]["Resources"][logical_id]
    (resource if key == "Type" else resource["Properties"])[key] = value
    label = f"{template}.{logical_id}"
    found = preview(Before(old, "before"), Deployment(raw, old.environment), [label])
    assert {refusal.label for refusal in found.allowed} == ({label} if allowed else set())
    assert (label in {refusal.label for refusal in found.refused}) != allowed
    remedy = report.refused([preview(Before(old, "before"), Deployment(raw, old.environment), [])])
    assert remedy.startswith("change the settings back") and ("--allow" in remedy) == allowed


def test_a_type_does_not_change() -> None:
    old = deployed({})
    raw = copy.deepcopy({name: found.raw for name, found in old.templates.items()})
    raw["service"]["Resources"]["AppLogGroup"]["Type"] = "AWS::SNS::Topic"
    new = Deployment(raw, old.environment)
    assert "service.AppLogGroup" in refused(old, new)
