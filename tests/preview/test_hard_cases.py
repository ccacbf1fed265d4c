"""Changes that are easily called something else than what CloudFormation makes of them."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from ci.changes import report
from ci.changes.before import Before
from ci.changes.differ import Change
from ci.changes.preview import preview
from ci.model import Deployment
from tests.rendering import deployed

Raw = dict[str, Any]
Edit = Callable[[Raw], object]


def raw() -> Raw:
    return copy.deepcopy({name: template.raw for name, template in deployed({"bastion": True}).templates.items()})


def renamed(templates: Raw, template: str, old: str, new: str) -> None:
    """Another logical id, in all that refers to it."""
    templates[template] = json.loads(json.dumps(templates[template]).replace(f'"{old}"', f'"{new}"').replace(f"${{{old}", f"${{{new}"))


def changed(
    edit: Callable[[Raw], object], start: Callable[[Raw], object] = lambda _: None
) -> tuple[dict[str, list[Change]], dict[str, str]]:
    """The changes by label, and what is refused of each resource, of an edit of what `start` made."""
    before = raw()
    start(before)
    after = copy.deepcopy(before)
    edit(after)
    environment = deployed({}).environment
    old, new = Deployment(before, environment), Deployment(after, environment)
    assert not old.problems and not new.problems
    foretold = preview(Before(old, "before"), new, ())
    found: dict[str, list[Change]] = {}
    for change in foretold.changes:
        found.setdefault(change.label, []).append(change)
    return found, {refusal.label: refusal.sentence for refusal in foretold.refused}


def instance(templates: Raw) -> Any:
    return templates["database"]["Resources"]["Instance"]


def test_a_database_of_another_logical_id_is_another_database() -> None:
    found, refused = changed(lambda templates: renamed(templates, "database", "Instance", "Base"))
    assert [found[label][0].kind for label in ("database.Instance", "database.Base")] == ["removed", "added"]
    assert found["service.TaskDefinition"][0].kind == "replaced"
    # Its identifier is its own, and still taken.
    assert refused == {"database.Base": "would be made while database.Instance still has the same DBInstance (awsome-books-test)"}


def test_a_stack_of_another_logical_id_takes_all_in_it_along() -> None:
    found, refused = changed(lambda templates: renamed(templates, "root", "Database", "Data"))
    assert [change.kind for change in found["database.Instance"]] == ["removed", "added"]
    assert [found[label][0].kind for label in ("root.Database", "root.Data", "service.TaskDefinition")] == ["removed", "added", "replaced"]
    assert "while the old one still has the same DBInstance" in refused["database.Instance"]
    assert "while the old one still has the same LogGroup" in refused["database.PostgresqlLogGroup"]


def test_a_stack_that_goes_takes_all_in_it_along() -> None:
    def without(templates: Raw) -> None:
        del templates["bastion"], templates["root"]["Resources"]["Bastion"], templates["root"]["Outputs"]["BastionInstanceId"]

    found, refused = changed(without)
    assert {label for label in found if label.startswith("bastion.")} == {"bastion.Instance", "bastion.Profile", "bastion.Role"}
    assert {found[label][0].kind for label in found} == {"removed"} and refused == {}


@pytest.mark.parametrize(("policy", "shown"), [("Retain", "Retain"), (None, "Snapshot")])
def test_a_removed_database_goes_by_the_policy_that_was_deployed(policy: str | None, shown: str) -> None:
    def start(templates: Raw) -> None:
        instance(templates).pop("DeletionPolicy")
        if policy:
            instance(templates)["DeletionPolicy"] = policy

    def edit(templates: Raw) -> None:
        renamed(templates, "database", "Instance", "Base")
        templates["database"]["Resources"]["Base"]["DeletionPolicy"] = "Delete"

    assert changed(edit, start)[0]["database.Instance"][0].policy == shown


@pytest.mark.parametrize(("policy", "shown"), [("Snapshot", "Snapshot"), ("Delete", "Delete"), ("Retain", "Delete")])
def test_a_replaced_database_is_kept_if_both_templates_say_so(policy: str, shown: str) -> None:
    def edit(templates: Raw) -> None:
        instance(templates)["UpdateReplacePolicy"] = policy
        instance(templates)["Properties"]["StorageEncrypted"] = False

    assert changed(edit)[0]["database.Instance"][0].policy == shown


def test_what_is_retained_except_on_creation_is_kept() -> None:
    old = deployed({})
    new = deployed({"api": {"authorization": "none"}})
    text = report.text([preview(Before(old, "before"), new, ())])
    assert "it is kept, outside of the stack" in text.partition("  - api.UserPool ")[2].partition("\n  -")[0]


@pytest.mark.parametrize(
    "edit",
    [
        lambda templates: templates["service"].update(Description="Another"),
        lambda templates: templates["service"]["Resources"]["Service"].update(Metadata={"Description": "Another"}),
        lambda templates: templates["service"]["Resources"]["Service"].pop("DependsOn", None),
        lambda templates: templates["root"]["Outputs"].update(Another={"Value": "x"}),
        lambda templates: templates["root"]["Resources"]["Database"].update(Metadata={}),
        lambda templates: instance(templates).update(Properties=dict(reversed(instance(templates)["Properties"].items()))),
    ],
    ids=["description", "metadata", "dependency", "output", "stack", "order"],
)
def test_what_is_no_property_changes_nothing(edit: Edit) -> None:
    assert changed(edit) == ({}, {})


def test_a_value_that_becomes_a_parameter_may_be_the_same() -> None:
    def edit(templates: Raw) -> None:
        name = instance(templates)["Properties"]["DBName"]
        templates["root"]["Parameters"]["DatabaseName"] = {"Type": "String", "Default": name}
        templates["root"]["Resources"]["Database"]["Properties"]["Parameters"]["Name"] = {"Ref": "DatabaseName"}
        templates["database"]["Parameters"]["Name"] = {"Type": "String"}
        instance(templates)["Properties"]["DBName"] = {"Ref": "Name"}

    found, refused = changed(edit)
    assert found["database.Instance"][0].kind == "may be replaced"
    # If it is, its name is taken.
    assert "the same DBInstance" in refused["database.Instance"]


def test_a_value_that_comes_by_another_way_is_the_same() -> None:
    def edit(templates: Raw) -> None:
        name = instance(templates)["Properties"]["DBName"]
        templates["root"]["Resources"]["Database"]["Properties"]["Parameters"]["Name"] = name
        templates["database"]["Parameters"]["Name"] = {"Type": "String"}
        instance(templates)["Properties"]["DBName"] = {"Fn::Join": ["", [{"Ref": "Name"}]]}

    assert changed(edit) == ({}, {})


@pytest.mark.parametrize(
    ("template", "logical_id", "property_name", "value", "kind"),
    [
        ("database", "Instance", "DBInstanceClass", "db.m7g.large", "interrupted"),
        ("database", "Instance", "MultiAZ", False, "changed"),
        ("database", "Instance", "PreferredMaintenanceWindow", "mon:03:30-mon:04:30", "changed"),
        ("database", "Instance", "BackupRetentionPeriod", 1, "changed"),
        ("database", "Instance", "BackupRetentionPeriod", 0, "interrupted"),
        ("database", "Instance", "AutoMinorVersionUpgrade", False, "changed"),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.gp3.html
        ("database", "Instance", "StorageType", "io2", "changed"),
        ("database", "Instance", "StorageType", "standard", "interrupted"),
        ("database", "Instance", "Port", 5433, "interrupted"),
        ("database", "Instance", "CACertificateIdentifier", "rds-ca-ecc384-g1", "interrupted"),
        ("database", "Instance", "AvailabilityZone", "us-east-1b", "may be replaced"),
        ("database", "Instance", "SourceDBInstanceIdentifier", "other", "may be replaced"),
        ("database", "Instance", "DBSubnetGroupName", "other", "replaced"),
        ("database", "Instance", "MonitoringInterval", 60, "changed"),
        # The database restarts, though it refers to the same group.
        ("database", "Parameters", "Parameters", {"rds.force_ssl": "1", "max_connections": "50"}, "interrupted"),
        ("database", "Parameters", "Parameters", {"rds.force_ssl": "0"}, "changed"),
        ("network", "AlbSecurityGroup", "SecurityGroupEgress", [], "changed"),
        ("bastion", "Instance", "InstanceType", "t4g.micro", "interrupted"),
        ("bastion", "Instance", "BlockDeviceMappings", [], "may be replaced"),
        ("bastion", "Instance", "SubnetId", "subnet-1", "replaced"),
    ],
)
def test_what_a_property_does(template: str, logical_id: str, property_name: str, value: object, kind: str) -> None:
    def edit(templates: Raw) -> None:
        templates[template]["Resources"][logical_id]["Properties"][property_name] = value

    def start(templates: Raw) -> None:
        templates["bastion"]["Resources"]["Instance"]["Properties"]["ImageId"] = "ami-1"

    assert changed(edit, start)[0][f"{template}.{logical_id}"][0].kind == kind


@pytest.mark.parametrize(
    ("template", "old", "new"),
    [
        ("bootstrap", "Boundary", "Limit"),
        ("endpoints", "EcrApiEndpoint", "EcrEndpoint"),
        ("load_balancing", "Listener", "Ear"),
        ("api", "BooksGet", "BooksList"),
        ("network", "DataSubnetA", "DataSubnetOne"),
    ],
)
def test_what_there_can_be_once_cannot_get_another_logical_id(template: str, old: str, new: str) -> None:
    _, refused = changed(lambda templates: renamed(templates, template, old, new))
    assert f"would be made while {template}.{old} still has" in refused[f"{template}.{new}"]


def test_what_there_can_be_often_can() -> None:
    _, refused = changed(lambda templates: renamed(templates, "service", "DeploymentRole", "ShiftRole"))
    assert refused == {}
