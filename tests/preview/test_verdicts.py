"""What the simulation says of changes of settings, and of single properties of rendered templates."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ci.changes import report
from ci.changes.before import Before
from ci.changes.known import Known, Now
from ci.changes.preview import Preview, preview
from ci.model import Deployment
from tests.rendering import deployed
from tests.settings import Table

Raw = dict[str, Any]
TLS: Table = {"encryption": "end_to_end", "certificate_domain": "a.example.org"}
NOTHING = Known()
ALB: Table = {"ingress": "alb"}
TWO, THREE = ({"network": {"zones": [f"us-east-1{letter}" for letter in letters]}} for letters in ("ab", "abc"))
ROLLING: Table = {"deployment": {"strategy": "rolling"}}


def foretold(old: Table, new: Table, known: Known = NOTHING) -> Preview:
    return preview(Before(deployed(old), "before", known), deployed(new), ())


def edited(edit: Callable[[Raw], object], start: Table | None = None, known: Known = NOTHING) -> Preview:
    old = deployed(start or {})
    raw = copy.deepcopy({name: template.raw for name, template in old.templates.items()})
    edit(raw)
    new = Deployment(raw, old.environment)
    assert not new.problems
    return preview(Before(old, "before", known), new, ())


def setting(where: str, value: object) -> Callable[[Raw], None]:
    """The edit of one property, LAYER.LogicalId.Property, or of another key of the resource."""

    def edit(raw: Raw) -> None:
        template, logical_id, name = where.split(".")
        resource = raw[template]["Resources"][logical_id]
        (resource if name in ("Type", "DeletionPolicy") else resource["Properties"])[name] = value

    return edit


@pytest.mark.parametrize(
    ("old", "new", "word", "culprit"),
    [
        ({}, {"log_days": 365, "bastion": True, "service": {"cpu": 1024, "memory": 2048}}, "fine", None),
        ({}, {"log_days": 7}, "irreversible", "service.AppLogGroup"),
        ({}, {"database": {"backup_days": 9}}, "fine", None),
        ({"database": {"backup_days": 9}}, {"database": {"backup_days": 2}}, "irreversible", "database.Instance"),
        ({}, {"database": {"multi_zone": False}}, "fine", None),
        ({}, {"database": {"instance_class": "db.t4g.small"}}, "interrupts", "database.Instance"),
        ({}, {"database": {"storage_gb": 30}}, "irreversible", "database.Instance"),
        ({}, {"database": {"storage_gb": 21}}, "fails", "database.Instance"),
        ({"database": {"storage_gb": 30}}, {"database": {"storage_gb": 20}}, "fails", "database.Instance"),
        ({}, {"network": {"endpoint_zones": "one"}}, "fine", None),
        ({}, {"network": {"cidr": "10.1.0.0/16"}}, "fails", "database.Subnets"),
        ({}, ALB, "interrupts", "service.TaskDefinition"),
        (ALB, {}, "interrupts", "service.TaskDefinition"),
        # The ALB's listener changes its port while the NLB's target group names it.
        ({}, TLS, "fails", "load_balancing.Listener"),
        (ALB, {**ALB, **TLS}, "interrupts", None),
        (TLS, {**TLS, "certificate_domain": "b.example.org"}, "interrupts", "service.TaskDefinition"),
        (ROLLING, {"deployment": {"strategy": "canary"}}, "fine", None),
        ({}, ROLLING, "fine", None),
        ({}, {"service": {"container_port": 9000}}, "interrupts", "load_balancing.BlueTargetGroup"),
        ({}, {"service": {"health_path": "/readyz"}}, "fine", None),
        ({}, {"service": {"health_path": "/health"}}, "interrupts", "load_balancing.BlueTargetGroup"),
        ({}, {"service": {"architecture": "X86_64"}}, "fails", "service.TaskDefinition"),
        ({}, {"service": {"image_repository_arn": "arn:aws:ecr:us-east-1:111122223333:repository/b"}}, "fails", "service.ExecutionRole"),
        ({}, {"api": {"domain": "books.example.org"}}, "interrupts", "api.RestApi"),
        ({"api": {"domain": "books.example.org"}}, {}, "interrupts", "api.Domain"),
        ({}, {"api": {"authorization": "none"}}, "leaves-orphans", "api.UserPool"),
        ({"api": {"authorization": "api_key"}}, {"api": {"authorization": "iam"}}, "irreversible", "api.EditorKey"),
        ({"api": {"waf": True}}, {"api": {"waf": False}}, "irreversible", "api.WafLogGroup"),
        ({"api": {"cors_origins": ["https://a.example.org"]}}, {}, "leaves-orphans", "api.BooksOptions"),
        ({}, {"database": {"snapshot": "before-the-move"}}, "leaves-orphans", "database.Instance"),
    ],
)
def test_a_setting(old: Table, new: Table, word: str, culprit: str | None) -> None:
    found = foretold(old, new)
    assert found.verdict.word == word, found.verdict
    assert (culprit in found.verdict.culprits) if culprit else (word != "fine" or not found.verdict.culprits)


@pytest.mark.parametrize(
    ("where", "value", "word", "sentence"),
    [
        ("database.Instance.StorageEncrypted", False, "fails", "while the old one still has the same DBInstance"),
        ("database.Instance.EngineVersion", "19", "fails", "refuses without AllowMajorVersionUpgrade"),
        ("database.Instance.EngineVersion", "18.2", "interrupts", "restarts"),
        ("database.Instance.ManageMasterUserPassword", False, "interrupts", "the secret that keeps its password"),
        ("database.Instance.PreferredBackupWindow", "03:00-04:00", "fails", "in its maintenance window"),
        ("database.Instance.PreferredBackupWindow", "05:00-06:00", "fine", ""),
        ("database.Instance.AllocatedStorage", "21", "fails", "less than 10 %"),
        ("database.Instance.MaxAllocatedStorage", 21, "fails", "not 10 % above"),
        ("database.Instance.DeletionProtection", False, "fine", ""),
        ("database.Instance.EngineLifecycleSupport", "open-source-rds-extended-support", "fails", "refuses once it exists"),
        ("database.Parameters.Parameters", {"rds.force_ssl": "1", "max_connections": "50"}, "interrupts", "restarts"),
        ("database.Parameters.Parameters", {"rds.force_ssl": "1", "work_mem": "8192"}, "fine", ""),
        ("bootstrap.Repository.EncryptionConfiguration", {"EncryptionType": "KMS"}, "fails", "the same Repository"),
        ("bootstrap.Boundary.Path", "/other/", "fails", "the same ManagedPolicy"),
        ("load_balancing.Alb.Scheme", "internet-facing", "fails", "two load balancers at once"),
        ("load_balancing.Rule.Priority", 2, "interrupts", "sets back the weights"),
        ("load_balancing.Rule.Tags", [{"Key": "a", "Value": "b"}], "fine", ""),
        ("load_balancing.BlueTargetGroup.HealthCheckIntervalSeconds", 20, "fine", ""),
        ("load_balancing.NlbListener.Port", 81, "interrupts", "no listener on port 80"),
        ("network.DataSubnetA.CidrBlock", "10.0.72.0/21", "fails", "the same Subnet"),
        ("network.DataSubnetA.CidrBlock", "10.0.192.0/20", "fails", "a subnet that the database is in"),
        ("network.IngressSubnetA.CidrBlock", "10.0.192.0/20", "fails", "while a VPC link leads to it"),
        ("network.DataSubnetA.Tags", [], "fine", ""),
        ("network.Vpc.EnableDnsSupport", False, "interrupts", "DNS"),
        ("network.AlbToServiceIngress.SourceSecurityGroupId", "sg-1", "interrupts", "would not be reached on port 8080"),
        ("network.ServiceToDatabaseEgress.DestinationSecurityGroupId", "sg-1", "interrupts", "would not be reached by the tasks"),
        ("network.FlowLog.MaxAggregationInterval", 60, "fails", "the same FlowLog"),
        ("service.Cluster.ClusterName", "books", "interrupts", "tasks"),
        ("service.Service.ServiceName", "books", "interrupts", "its running tasks stop"),
        ("service.AppLogGroup.Type", "AWS::SNS::Topic", "fails", "would change its type"),
        ("api.RestApi.DisableExecuteApiEndpoint", True, "interrupts", "would lose its address"),
        ("api.RestApi.EndpointConfiguration", {"Types": ["PRIVATE"]}, "interrupts", "would lose its address"),
        ("api.Stage.StageName", "live", "interrupts", "another address"),
        ("api.UserPool.UsernameAttributes", ["phone_number"], "fails", "UsernameAttributes"),
        ("api.UserPool.Schema", [{"Name": "team", "AttributeDataType": "String"}], "irreversible", "keeps for good"),
        ("api.SignInDomain.Domain", "other", "fails", "while the old one still has"),
        ("api.BooksGet.AuthorizationType", "AWS_IAM", "fine", ""),
        ("notifications.TopicKey.KeySpec", "RSA_2048", "fails", "KMS refuses"),
    ],
)
def test_a_property(where: str, value: object, word: str, sentence: str) -> None:
    found = edited(setting(where, value))
    assert found.verdict.word == word, found.verdict
    assert sentence in "".join(finding.sentence for finding in found.findings if finding.word == word)


@pytest.mark.parametrize(("protection", "policy", "expected"), [(False, "Delete", True), (False, "Retain", False), (True, "Delete", False)])
def test_a_database_is_not_left_without_protection_and_snapshot(protection: bool, policy: str, expected: bool) -> None:
    def edit(raw: Raw) -> None:
        setting("database.Instance.DeletionProtection", protection)(raw)
        setting("database.Instance.DeletionPolicy", policy)(raw)

    assert (edited(edit).verdict.word == "irreversible") == expected


def test_another_processor_is_fine_with_another_image() -> None:
    old, new = deployed({}), deployed({"service": {"architecture": "X86_64"}})
    assert preview(Before(old, "before"), new, (), {"ImageDigest"}).verdict.word == "fine"


def test_what_protects_is_what_is_deployed() -> None:
    """A resource that goes is not changed before: its protection is the old template's."""
    protected, bare = ({"database": {"deletion_protection": on}} for on in (True, False))
    restored: Table = {"database": {"deletion_protection": False, "snapshot": "a"}}
    assert foretold(protected, restored).verdict.word == "leaves-orphans"
    assert foretold(bare, restored).verdict.word == "irreversible"


def test_what_keeps_data_asks_an_administrator_first() -> None:
    policy, bootstrap = (" ".join(foretold({}, new).verdict.first) for new in ({"api": {"authorization": "none"}}, {"log_days": 365}))
    assert "aws cloudformation set-stack-policy --stack-name awsome-books-test-Api-*" in policy and "api.UserPool" in policy
    assert bootstrap == ""


def test_what_fails_says_what_a_rollback_does() -> None:
    assert "UPDATE_ROLLBACK_FAILED" in foretold({}, {"database": {"storage_gb": 21}}).verdict.rollback
    assert foretold({}, TLS).verdict.rollback.startswith("CloudFormation rolls back")


def test_requests_fail_from_a_step_to_a_step() -> None:
    """The stage sends the new host before the tasks allow it, or the tasks allow no other before the stage sends it."""
    found = foretold(TLS, {**TLS, "certificate_domain": "b.example.org"})
    assert "when api.Stage is changed" in found.verdict.step
    assert "tasks answer every request with 400, until service.Service is changed, about" in found.verdict.reason


def test_where_all_allow_both_hosts_nothing_breaks() -> None:
    def both(raw: Raw) -> None:
        for container in raw["service"]["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"]:
            for variable in container["Environment"]:
                if variable["Name"] == "ALLOWED_HOSTS":
                    variable["Value"] = "a.example.org,b.example.org"

    sides = []
    for domain in ("a.example.org", "b.example.org"):
        side = deployed({**TLS, "certificate_domain": domain})
        raw = copy.deepcopy({name: template.raw for name, template in side.templates.items()})
        both(raw)
        sides.append(Deployment(raw, side.environment))
    assert preview(Before(sides[0], "before"), sides[1], ()).verdict.word == "fine"


def test_a_link_that_the_stage_still_uses() -> None:
    """The deployment of the API is a copy: without another one the stage sends requests through the link that is deleted."""

    def edit(raw: Raw) -> None:
        resources = raw["api"]["Resources"]
        resources["OtherLink"] = resources.pop("VpcLink")
        for resource in resources.values():
            if resource["Type"] == "AWS::ApiGateway::Method":
                resource["Properties"]["Integration"]["ConnectionId"] = {"Ref": "OtherLink"}

    found = edited(edit)
    assert found.verdict.word == "interrupts" and found.verdict.culprits == ("api.VpcLink",)
    assert "the clean-up" in found.verdict.step and "for good" in found.verdict.reason


def test_what_stops_no_deployment_is_said_before() -> None:
    """The bastion's role needs the new boundary, and tasks start without it."""
    found = foretold({}, {"bastion": True}).verdict
    assert found.word == "fine" and "An administrator updates awsome-books-bootstrap-test first" in " ".join(found.first)


def test_the_bootstrap_that_is_deployed_counts() -> None:
    """With the new boundary in place the same change is fine."""
    change: Table = {"service": {"image_repository_arn": "arn:aws:ecr:us-east-1:111122223333:repository/b"}}
    old, new = deployed({}), deployed(change)
    assert "permissions boundary that is deployed" in preview(Before(old, "before"), new, ()).verdict.reason
    raw = {name: template.raw for name, template in old.templates.items()} | {"bootstrap": new.templates["bootstrap"].raw}
    assert preview(Before(Deployment(raw, old.environment), "before"), new, ()).verdict.word == "fine"


@pytest.mark.parametrize(
    ("known", "old", "new", "word"),
    [
        # Green has the traffic: tasks of a rolling service are registered with blue.
        (Known(green_is_live=True), {}, ROLLING, "interrupts"),
        (Known(green_is_live=False), {}, ROLLING, "fine"),
        (Known(green_is_live=True), {}, {"deployment": {"strategy": "linear"}}, "fine"),
        # RDS has grown the storage by itself.
        (Known(actual={"database.Instance": {"AllocatedStorage": "40"}}), {}, {"database": {"storage_gb": 30}}, "fails"),
        (Known(actual={"database.Instance": {"AllocatedStorage": "40"}}), {}, {"database": {"storage_gb": 50}}, "irreversible"),
        (Known(actual={"database.Instance": {"AllocatedStorage": "60"}}), {}, {"database": {"max_storage_gb": 50}}, "fails"),
        (Known(actual={"database.Instance": {"AllocatedStorage": "60"}}), {}, {"service": {"log_level": "DEBUG"}}, "fine"),
        # The instance and its standby are elsewhere; with a VPC link v2 no load balancer is held by the subnets.
        (Known(actual={"database.Instance": {"AvailabilityZone": "us-east-1a"}}), {**ALB, **THREE}, {**ALB, **TWO}, "fine"),
        (Known(actual={"database.Instance": {"SecondaryAvailabilityZone": "us-east-1c"}}), {**ALB, **THREE}, {**ALB, **TWO}, "fails"),
        (NOTHING, {**ALB, **THREE}, {**ALB, **TWO}, "fails"),
        (Known(actual={"database.Instance": {"AvailabilityZone": "us-east-1a"}}), THREE, TWO, "fails"),
        (NOTHING, TWO, THREE, "fine"),
        (Known(now={"database.Instance": (Now("interrupts", "restarts"),)}), {}, {"database": {"max_storage_gb": 200}}, "interrupts"),
        (Known(now={"database.Instance": (Now("interrupts", "restarts"),)}), {}, {"log_days": 365}, "fine"),
        (
            Known(now={"database.Instance": (Now("fails", "is busy", ("AllocatedStorage",)),)}),
            {},
            {"database": {"storage_gb": 30}},
            "fails",
        ),
        (
            Known(now={"database.Instance": (Now("fails", "is busy", ("AllocatedStorage",)),)}),
            {},
            {"database": {"max_storage_gb": 200}},
            "fine",
        ),
    ],
)
def test_what_only_aws_knows(known: Known, old: Table, new: Table, word: str) -> None:
    assert foretold(old, new, known).verdict.word == word


def test_a_rule_that_is_known_to_have_its_weights_may_change() -> None:
    edit = setting("load_balancing.Rule.Priority", 2)
    assert edited(edit, known=Known(green_is_live=False)).verdict.word == "fine"
    assert edited(edit, known=Known(green_is_live=True)).verdict.word == "interrupts"
    assert edited(edit, ROLLING).verdict.word == "fine"


@pytest.mark.parametrize(
    ("where", "value", "allowed"),
    [
        ("service.AppLogGroup.Type", "AWS::SNS::Topic", False),
        ("database.Instance.AllocatedStorage", "10", False),
        ("database.Instance.StorageEncrypted", False, False),
        ("api.UserPool.UsernameAttributes", ["phone_number"], False),
        ("load_balancing.Alb.Scheme", "internet-facing", False),
        ("database.Instance.DBInstanceClass", "db.t4g.small", True),
        ("load_balancing.Rule.Priority", 2, True),
    ],
)
def test_what_aws_refuses_nobody_allows(where: str, value: object, allowed: bool) -> None:
    old = deployed({})
    raw = copy.deepcopy({name: template.raw for name, template in old.templates.items()})
    setting(where, value)(raw)
    new = Deployment(raw, old.environment)
    found = preview(Before(old, "before"), new, ())
    assert {refusal.final for refusal in found.refused} == {not allowed}
    again = preview(Before(old, "before"), new, [refusal.label for refusal in found.refused])
    assert bool(again.allowed) == allowed and bool(again.refused) != allowed
    remedy = report.refused([found])
    assert remedy.startswith("change the settings back") and ("--allow" in remedy) == allowed
