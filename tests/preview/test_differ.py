"""What follows from a change of settings, and from any change at all."""

import copy
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci.changes import report
from ci.changes.before import Before
from ci.changes.differ import Kind, changes
from ci.changes.preview import preview
from ci.model import Deployment
from ci.model.values import references
from facts.reference import schema
from tests import matrix
from tests.rendering import deployed, rendered
from tests.settings import Table

COMBINATIONS = dict(matrix.combinations())


@cache
def combination(name: str) -> Deployment:
    return rendered(COMBINATIONS[name])


def kinds(old: Table, new: Table) -> dict[str, Kind]:
    return {change.label: change.kind for change in changes(deployed(old), deployed(new))}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"log_days": 7}, {"service.AppLogGroup": "changed"}),
        ({}, {"database": {"instance_class": "db.t4g.small"}}, {"database.Instance": "interrupted"}),
        # The schema says that it may replace, CloudFormation's page that it interrupts; RDS does so from and to 0 alone.
        ({}, {"database": {"backup_days": 9}}, {"database.Instance": "changed"}),
        ({}, {"database": {"multi_zone": False}}, {"database.Instance": "changed"}),
        ({}, {"bastion": True}, {"bastion.Instance": "added", "root.Bastion": "added"}),
        ({"bastion": True}, {}, {"bastion.Instance": "removed", "endpoints.SsmEndpoint": "removed"}),
        ({}, {"service": {"cpu": 1024, "memory": 2048}}, {"service.TaskDefinition": "replaced", "service.Service": "changed"}),
        ({}, {"project": "other"}, {"database.Instance": "replaced", "bootstrap.Repository": "replaced"}),
        # Through three stacks: the VPC, its subnets, and what stands in these.
        ({}, {"network": {"cidr": "10.1.0.0/16"}}, {"network.Vpc": "replaced", "network.DataSubnetA": "replaced"}),
        ({}, {"network": {"cidr": "10.1.0.0/16"}}, {"load_balancing.BlueTargetGroup": "replaced", "database.Subnets": "changed"}),
        ({}, {"network": {"cidr": "10.1.0.0/16"}}, {"load_balancing.UnhealthyTasks": "changed", "service.Service": "changed"}),
        ({}, {"encryption": "end_to_end", "certificate_domain": "a.example.org"}, {"load_balancing.BlueTargetGroup": "replaced"}),
        ({}, {"ingress": "alb"}, {"load_balancing.Nlb": "removed", "api.VpcLink": "removed", "api.VpcLinkV2": "added"}),
    ],
)
def test_what_a_change_of_settings_does(old: Table, new: Table, expected: dict[str, Kind]) -> None:
    found = kinds(old, new)
    assert {label: found.get(label) for label in expected} == expected


def test_the_address_of_a_database_with_a_name_stays_when_it_changes() -> None:
    assert kinds({}, {"database": {"max_storage_gb": 200}}) == {"database.Instance": "changed"}


def test_a_change_in_place_may_replace_what_reads_another_address() -> None:
    def nameless(settings: Table) -> Deployment:
        raw = copy.deepcopy({name: template.raw for name, template in deployed(settings).templates.items()})
        del raw["database"]["Resources"]["Instance"]["Properties"]["DBInstanceIdentifier"]
        return Deployment(raw, deployed(settings).environment)

    found = {change.label: change for change in changes(nameless({}), nameless({"database": {"storage_gb": 30}}))}
    assert found["database.Instance"].kind == "changed"
    assert found["service.TaskDefinition"].kind == "may be replaced"
    assert "may" in found["service.Service"].kind
    assert {cause.through for cause in found["service.TaskDefinition"].causes} == {"database.Instance"}
    shown = report.text([preview(Before(nameless({}), "before"), nameless({"database": {"storage_gb": 30}}), ())])
    assert "ContainerDefinitions: database.Instance may give another value, which replaces it" in shown


def test_what_is_looked_up_anew_may_replace_once_its_stack_is_updated() -> None:
    """The bastion's image has no version."""
    found = {change.label: change for change in changes(deployed({"bastion": True}), deployed({"bastion": True, "log_days": 7}))}
    assert "bastion.Instance" not in found
    old = deployed({"bastion": True})
    raw = copy.deepcopy({name: template.raw for name, template in old.templates.items()})
    raw["bastion"]["Resources"]["Role"]["Properties"]["MaxSessionDuration"] = 7200
    new = Deployment(raw, old.environment)
    found = {change.label: change for change in changes(old, new)}
    assert {label: change.kind for label, change in found.items()} == {"bastion.Role": "changed", "bastion.Instance": "may be replaced"}
    assert {cause.property for cause in found["bastion.Instance"].causes} == {"ImageId"}
    assert "arm64}} is looked up anew, and may be another value" in report.text([preview(Before(old, "before"), new, ())])


@pytest.mark.parametrize(
    ("template", "logical_id", "property_name", "value"),
    [
        ("database", "Instance", "Port", 5432),
        ("database", "Instance", "MultiAZ", "true"),
        ("network", "AlbSecurityGroup", "SecurityGroupEgress", None),
    ],
)
def test_numbers_and_booleans_are_text(template: str, logical_id: str, property_name: str, value: object) -> None:
    old = deployed({})
    raw = copy.deepcopy({name: found.raw for name, found in old.templates.items()})
    properties = raw[template]["Resources"][logical_id]["Properties"]
    if value is None:
        [rule] = properties[property_name]
        rule.update({name: str(port) for name, port in rule.items() if isinstance(port, int)})
    else:
        properties[property_name] = value
    assert raw[template] != old.templates[template].raw
    assert changes(old, Deployment(raw, old.environment)) == []


def test_the_cause_is_the_property_and_not_the_ones_beside_it() -> None:
    found = {change.label: change for change in changes(deployed({}), deployed({"service": {"log_level": "ERROR"}}))}
    (cause, *others) = found["service.TaskDefinition"].causes
    assert (cause.before, cause.after, cause.effect, cause.through) == ("INFO", "ERROR", "replaced", None)
    assert all(other.before == "INFO" for other in others)


def test_another_value_of_a_parameter() -> None:
    old = deployed({})
    found = {change.label: change for change in changes(old, old, {"ImageDigest"})}
    assert {label: change.kind for label, change in found.items()} == {"service.TaskDefinition": "replaced", "service.Service": "changed"}
    assert str(found["service.TaskDefinition"].causes[0].after).endswith("${ImageDigest} (new)")


def test_a_nested_stack_passes_on_what_changes_and_does_not_change_itself() -> None:
    found = kinds({}, {"network": {"cidr": "10.1.0.0/16"}})
    assert not [label for label in found if label.startswith("root.")]


@given(st.sampled_from(sorted(COMBINATIONS)))
@settings(max_examples=10, deadline=None)
def test_nothing_changes_to_itself(name: str) -> None:
    assert changes(combination(name), rendered(COMBINATIONS[name])) == []


@given(st.sampled_from(sorted(COMBINATIONS)), st.sampled_from(sorted(COMBINATIONS)))
@settings(max_examples=25, deadline=None)
def test_between_any_two_deployments(one: str, other: str) -> None:
    old, new = combination(one), combination(other)
    found = {change.label: change.kind for change in changes(old, new)}
    before, after = ({resource.label for resource in side} for side in (old, new))
    assert {label for label, kind in found.items() if kind == "added"} == after - before
    assert {label for label, kind in found.items() if kind == "removed"} == before - after
    for resource in new:
        for reference in references(resource.properties):
            # Whoever refers to what is replaced gets another value; a nested stack passes it on.
            if found.get(reference.resource.label) == "replaced" and resource.type != "AWS::CloudFormation::Stack":
                assert found.get(resource.label) in ("replaced", "changed", "interrupted", "added", "may be replaced")


@given(st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_single_property(data: st.DataObject) -> None:
    old = combination("nlb-edge-cognito-blue_green-2_zones")
    raw = copy.deepcopy({name: template.raw for name, template in old.templates.items()})
    choices = [resource for resource in old if resource.type != "AWS::CloudFormation::Stack" and resource.properties]
    resource = data.draw(st.sampled_from(choices))
    name = data.draw(st.sampled_from(sorted(resource.properties)))
    raw[resource.template.name]["Resources"][resource.logical_id]["Properties"][name] = "something else"
    found = {change.label: change for change in changes(old, Deployment(raw, old.environment))}
    change = found[resource.label]
    assert {cause.property.split(".")[0] for cause in change.causes if cause.through is None} == {name}
    # What was given by the deployment may be what is written now.
    assert "replace" in change.kind if name in schema(resource.type).create_only else change.kind != "replaced"
