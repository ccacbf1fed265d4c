"""What is restored beside the database is as private and guarded as it, and what is said next can be typed."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ci.commands import restore
from ci.deployed import beside
from ci.deployed.beside import BROUGHT, MODIFY, RESTORE
from tests.deployment.account import DIGEST, Account
from tests.deployment.dev import ROOT, STACK, rendered
from tests.operate.conftest import Run
from tests.operate.rds import MODEL, SECRET, Rds, backup, snapshot
from tests.operate.test_preflight import bootstrap, credentials, settings
from tests.operate.test_release import push

NAME = f"{STACK}-at-20261122-130500"
TIME = "2026-11-22T14:05:00+01:00"


@pytest.fixture
def rds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rds]:
    """RDS at the edge; CloudFormation and the logs are the endpoint's."""
    monkeypatch.setattr(beside, "SECONDS", 0)
    with Rds() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_RDS", server.url)
        yield server


@pytest.fixture
def deployed(account: Account, tmp_path: Path) -> Account:
    """An environment that stands."""
    account.deploy(rendered(tmp_path), STACK)
    return account


def database(account: Account) -> dict[str, str]:
    """The physical ids of the database's stack."""
    return account.resources(account.resources(STACK)["Database"])


def as_private_as(account: Account, given: dict[str, Any]) -> None:
    """Each property of a restore that keeps it inside, encrypted in transit, and like the one that runs."""
    own, stack = database(account), account.stack(account.resources(STACK)["Database"])
    assert given["PubliclyAccessible"] == "false"
    assert given["DBSubnetGroupName"] == own["Subnets"]
    assert given["VpcSecurityGroupIds"] == [stack["Parameters"]["DatabaseSecurityGroupId"]]
    # It refuses connections without TLS.
    assert given["DBParameterGroupName"] == own["Parameters"]
    assert given["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
    assert given["DBInstanceClass"] == "db.t4g.micro"
    assert given["StorageType"] == "gp3"
    assert given["Port"] == "5432"
    assert (given["MultiAZ"], given["DeletionProtection"], given["CopyTagsToSnapshot"]) == ("false", "false", "true")
    assert (given["BackupRetentionPeriod"], given["PreferredBackupWindow"]) == ("1", "02:00-03:00")
    assert given["EnableCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert given["EngineLifecycleSupport"] == "open-source-rds-extended-support-disabled"
    tags = {tag["Key"]: tag["Value"] for tag in given["Tags"]}
    assert {"Project": "awsome-books", "Environment": "dev", "Layer": "database"}.items() < tags.items()


def test_a_point_in_time(deployed: Account, run: Run, rds: Rds) -> None:
    said = run("restore", "dev", "--to", TIME)
    assert said.status == 0, said.err
    assert [operation for operation, _ in rds.changed] == ["RestoreDBInstanceToPointInTime", "ModifyDBInstance"]
    [(_, given), (_, then)] = rds.changed
    as_private_as(deployed, given)
    assert (given["TargetDBInstanceIdentifier"], given["SourceDbiResourceId"]) == (NAME, "db-ONE")
    assert given["RestoreTime"] == "2026-11-22T13:05:00Z"
    # Nobody knows the password of that day.
    assert then["ManageMasterUserPassword"] == "true"
    assert (then["ApplyImmediately"], then["MaxAllocatedStorage"], then["PreferredMaintenanceWindow"]) == (
        "true",
        "100",
        "sun:03:30-sun:04:30",
    )
    assert said.out.splitlines() == [
        f"instance {NAME}",
        f"host     {NAME}.abc.us-east-1.rds.amazonaws.com",
        f"secret   {SECRET}",
    ]
    for status in ("creating", "backing-up", "resetting-master-credentials", "available"):
        assert f"{NAME} is {status}" in said.err
    # RDS would keep what is written there for ever.
    groups = deployed.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/rds/instance/{NAME}/")["logGroups"]
    assert {group["logGroupName"].rpartition("/")[2]: group["retentionInDays"] for group in groups} == {"postgresql": 7, "upgrade": 7}
    # The one that runs, and its stack, are as they were.
    assert deployed.events(STACK)[-1] == (STACK, "CREATE_COMPLETE")


def test_the_latest_time_and_a_snapshot(deployed: Account, run: Run, rds: Rds) -> None:
    assert run("restore", "dev", "--to", "latest").status == 0
    [given] = rds.calls("RestoreDBInstanceToPointInTime")
    assert given["UseLatestRestorableTime"] == "true"
    assert "RestoreTime" not in given

    rds.snapshots.append(snapshot("before-the-import", "20 09:30"))
    said = run("restore", "dev", "--snapshot", "before-the-import")
    assert said.status == 0, said.err
    [given] = rds.calls("RestoreDBInstanceFromDBSnapshot")
    as_private_as(deployed, given)
    assert (given["DBInstanceIdentifier"], given["DBSnapshotIdentifier"]) == (f"{STACK}-at-20261120-093000", "before-the-import")
    # It can become the database as it is.
    assert "create-db-snapshot" not in said.err
    assert 'under [database]: snapshot = "before-the-import"' in said.err


@pytest.mark.parametrize("operation", ["RestoreDBInstanceToPointInTime", "RestoreDBInstanceFromDBSnapshot"])
def test_every_property_of_the_template_is_thought_of(operation: str) -> None:
    """One that is new must be restored, changed afterwards, or known to come with the backup; and RDS must take it there."""
    for environment in ("dev", "prod"):
        template = (ROOT / "output" / environment / "database.template.json").read_text(encoding="utf-8")
        properties = json.loads(template)["Resources"]["Instance"]["Properties"]
        assert set(properties) <= {*RESTORE, *MODIFY, *BROUGHT}
    names = {"VPCSecurityGroups": "VpcSecurityGroupIds"}
    for call, taken in ((operation, RESTORE), ("ModifyDBInstance", MODIFY)):
        assert {names.get(name, name) for name in taken} <= set(MODEL.operation_model(call).input_shape.members)


@pytest.mark.usefixtures("deployed")
def test_what_there_is(run: Run, rds: Rds) -> None:
    rds.backups += [
        backup("awsome-books-developers", "db-OTHER"),
        # The environment eu of a project awsome-books-dev.
        backup(f"{STACK}-eu", "db-EU"),
        backup(NAME, "db-BESIDE"),
        {"DBInstanceIdentifier": STACK, "RestoreWindow": {}},
    ]
    rds.snapshots += [
        snapshot("older", "20 09:30"),
        snapshot("other", instance=f"{STACK}-eu"),
        snapshot("open", "19 00:00", Encrypted=False),
    ]
    said = run("restore", "dev")
    assert said.status == 0, said.err
    assert said.out.splitlines() == [
        "--to TIME   2026-11-16T02:00:00Z to 2026-11-23T14:05:00Z  20 GB, encrypted  awsome-books-dev",
        "--snapshot  2026-11-23T02:05:00Z  automated, available, 20 GB, encrypted  rds:awsome-books-dev-2026-11-23-02-05",
        "--snapshot  2026-11-20T09:30:00Z  manual, available, 20 GB, encrypted  older",
        "--snapshot  2026-11-19T00:00:00Z  manual, available, 20 GB, NOT ENCRYPTED  open",
    ]
    assert rds.changed == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "yesterday"), "yesterday is no time: give one such as 2026-11-23T14:05:00Z"),
        (("--to", "2026-11-22T14:05"), "2026-11-22T14:05 has no time zone"),
        (
            ("--to", "2026-11-23T15:05:01+01:00"),
            "2026-11-23T14:05:01Z cannot be restored, only 2026-11-16T02:00:00Z to 2026-11-23T14:05:00Z (awsome-books-dev).",
        ),
        (("--to", "2026-11-16T01:59:59Z"), "cannot be restored, only 2026-11-16T02:00:00Z to"),
        (("--snapshot", "nothing"), "There is no snapshot nothing in us-east-1: python -m ci restore dev lists them."),
        (("--snapshot", "young"), "The snapshot young is creating: wait until it is available."),
        (("--snapshot", "open"), "The snapshot open is not encrypted"),
        (("--snapshot", "mysql"), "The snapshot mysql is of mysql, not of PostgreSQL"),
        (
            ("--snapshot", "old"),
            "The snapshot old is of PostgreSQL 17, not of 18: upgrade it (aws rds modify-db-snapshot), or name another one.",
        ),
    ],
)
@pytest.mark.usefixtures("deployed")
def test_what_cannot_be_restored(run: Run, rds: Rds, arguments: tuple[str, str], sentence: str) -> None:
    rds.snapshots += [snapshot("young", Status="creating"), snapshot("open", Encrypted=False), snapshot("mysql", Engine="mysql")]
    rds.snapshots.append(snapshot("old", EngineVersion="17.9"))
    said = run("restore", "dev", *arguments)
    assert said.status == 2
    assert sentence in said.err
    assert rds.changed == []


@pytest.mark.usefixtures("deployed")
def test_a_backup_that_is_not_encrypted(run: Run, rds: Rds) -> None:
    rds.backups = [backup(Encrypted=False)]
    said = run("restore", "dev", "--to", TIME)
    assert (said.status, rds.changed) == (2, [])
    assert "The backup of awsome-books-dev is not encrypted" in said.err
    rds.backups = []
    said = run("restore", "dev", "--to", TIME)
    assert (said.status, rds.changed) == (2, [])
    assert said.err == f"{STACK} has no automated backups to go back in time with: python -m ci restore dev lists its snapshots.\n"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("AccessDenied", "These credentials may not call RestoreDBInstanceToPointInTime: restoring is for an administrator"),
        ("InstanceQuotaExceeded", "ask for more DB instances in Service Quotas"),
        ("StorageQuotaExceeded", "ask for more storage in Service Quotas"),
        ("InsufficientDBInstanceCapacity", "AWS has none of this class left here"),
        ("KMSKeyNotAccessibleFault", "the key of the backup must be enabled"),
        ("InvalidRestoreFault", "AWS refused RestoreDBInstanceToPointInTime (InvalidRestoreFault): so it is"),
    ],
)
def test_what_rds_refuses(deployed: Account, run: Run, rds: Rds, code: str, sentence: str) -> None:
    rds.errors["RestoreDBInstanceToPointInTime"] = (code, "so it is")
    said = run("restore", "dev", "--to", TIME)
    assert said.status == 2
    assert sentence in said.err
    assert deployed.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/rds/instance/{NAME}")["logGroups"] == []


@pytest.mark.usefixtures("deployed")
def test_a_restore_that_breaks(run: Run, rds: Rds) -> None:
    rds.restoring = ["creating", "incompatible-restore"]
    said = run("restore", "dev", "--to", TIME)
    assert said.status == 1
    assert f"{NAME} is incompatible-restore; see why: aws rds describe-events" in said.err


@pytest.mark.usefixtures("deployed")
def test_ctrl_c_and_again(run: Run, rds: Rds, monkeypatch: pytest.MonkeyPatch) -> None:
    rds.restoring = ["creating"] * 3 + ["available"]

    pauses: list[float] = []

    def interrupt(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr("ci.deployed.beside.time.sleep", interrupt)
    said = run("restore", "dev", "--to", "latest")
    assert said.status == 1
    again = re.search(r"You stopped watching\. RDS goes on by itself\. Finish what is left to do: python -m ci (.*)\n", said.err)
    assert again
    said = run(*shlex.split(again[1]))
    assert said.status == 0, said.err
    assert "is there already, from an earlier call" in said.err
    # Of the second call the password alone.
    assert [operation for operation, _ in rds.changed] == ["RestoreDBInstanceToPointInTime", "ModifyDBInstance"]


@pytest.mark.usefixtures("deployed")
def test_what_goes_wrong_half_way(run: Run, rds: Rds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something was begun: no refusal."""

    def meanwhile(_: float) -> None:
        rds.errors["DescribeDBInstances"] = ("ExpiredToken", "The security token is expired")

    rds.restoring = ["creating"] * 3
    monkeypatch.setattr("ci.deployed.beside.time.sleep", meanwhile)
    said = run("restore", "dev", "--to", TIME)
    assert said.status == 1
    assert "The security token is expired RDS goes on by itself. Finish what is left to do: python -m ci restore dev --to" in said.err

    rds.errors.clear()
    monkeypatch.setattr("ci.deployed.beside.time.sleep", lambda _: rds.instances.clear())
    said = run("restore", "dev", "--to", TIME)
    assert said.status == 1
    assert said.err.endswith(f"{NAME} is gone: somebody has deleted it.\n")


@pytest.mark.usefixtures("deployed", "rds")
def test_credentials_that_end_at_the_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    expired = ClientError({"Error": {"Code": "ExpiredToken", "Message": "The security token is expired"}}, "DescribeStacks")

    def expire(*_: object) -> None:
        raise expired

    monkeypatch.setattr("ci.commands.restore.stacks.root", expire)
    said = run("restore", "dev", "--to", TIME)
    assert said.status == 1
    assert f"instance {NAME}" in said.out
    assert "AWS does not know these credentials any more (ExpiredToken)" in said.err


@pytest.mark.usefixtures("deployed")
def test_a_name_that_is_taken(run: Run, rds: Rds) -> None:
    rds.instances[NAME] = {"DBInstanceIdentifier": NAME, "DBInstanceStatus": "available", "TagList": []}
    said = run("restore", "dev", "--to", TIME)
    assert (said.status, rds.changed) == (2, [])
    assert f"There is an instance {NAME} that was not restored from awsome-books-dev at 2026-11-22T13:05:00Z" in said.err


@pytest.mark.usefixtures("deployed")
def test_a_change_that_rds_takes_later(run: Run, rds: Rds, monkeypatch: pytest.MonkeyPatch) -> None:
    rds.restoring = ["storage-initialization"]
    rds.errors["ModifyDBInstance"] = ("InvalidDBInstanceState", "not now")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        rds.errors.clear()

    monkeypatch.setattr("ci.deployed.beside.time.sleep", wait)
    assert run("restore", "dev", "--to", TIME).status == 0
    assert waited
    assert len(rds.calls("ModifyDBInstance")) == 1


@pytest.mark.usefixtures("deployed")
def test_backups_of_a_database_that_was_replaced(run: Run, rds: Rds) -> None:
    """The environment's own comes first, where both reach."""
    rds.backups = [
        backup(f"{STACK}-0a1b2c3d", "db-EARLIER", latest="23 18:00", Status="retained"),
        backup(earliest="21 02:00"),
    ]
    assert run("restore", "dev", "--to", TIME).status == 0
    assert run("restore", "dev", "--to", "2026-11-20T00:00:00Z").status == 0
    assert [given["SourceDbiResourceId"] for given in rds.calls("RestoreDBInstanceToPointInTime")] == ["db-ONE", "db-EARLIER"]


def test_nothing_is_deployed(run: Run, rds: Rds) -> None:
    rds.snapshots.append(snapshot("awsome-books-dev-last", "23 15:00"))
    for arguments in ((), ("--to", TIME)):
        said = run("restore", "dev", *arguments)
        assert said.status == (2 if arguments else 0)
        assert 'come back with the data of 2026-11-23T15:00:00Z: set snapshot = "awsome-books-dev-last" under [database]' in said.err
    rds.snapshots[-1] |= {"AllocatedStorage": 37}
    assert 'set snapshot = "awsome-books-dev-last" and storage_gb = 37 under [database]' in run("restore", "dev").err
    rds.backups, rds.snapshots = [], []
    assert "There is neither a backup nor a snapshot" in run("restore", "dev").err


def test_the_pipeline_may_not(deployed: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even look: IAM's policies are evaluated."""
    user, secret = credentials(deployed, {"Effect": "Allow", "NotAction": ["rds:*"], "Resource": "*"})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", user)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    said = run("restore", "dev", "--snapshot", "last")
    assert said.status == 2
    assert "These credentials may not call DescribeDBSnapshots: restoring is for an administrator, not for a pipeline" in said.err


@pytest.mark.usefixtures("rds")
def test_the_steps_can_be_typed(deployed: Account, run: Run) -> None:
    """With the real names in them; the commands of the AWS CLI are those that it has."""
    said = run("restore", "dev", "--to", TIME)
    steps = [line.strip() for line in said.err.splitlines() if line.startswith("  ")]
    stack = deployed.resources(STACK)["Database"]
    assert f"python -m ci tunnel dev --port 15433 --database {NAME}" in steps
    assert f'in environments/dev.toml, under [database]: snapshot = "{NAME}-copy"' in steps
    assert f"python -m ci deploy dev --image {DIGEST} --allow {restore.REPLACED}" in steps
    assert any(f"set-stack-policy --region us-east-1 --stack-name {stack} " in step for step in steps)
    # Not protected, so it can go at once.
    assert not any("--no-deletion-protection" in step for step in steps)
    commands = [step for step in steps if step.startswith("aws ") and " deploy " not in step and "wait" not in step]
    assert len(commands) == 3
    for command in commands:
        deployed.shell(f"{command} --generate-cli-skeleton output")
    policy = next(command for command in commands if "set-stack-policy" in command)
    deployed.shell(policy)
    body = deployed.client("cloudformation").get_stack_policy(StackName=stack)["StackPolicyBody"]
    assert "Deny" not in body


def test_a_tunnel_to_it(deployed: Account, run: Run, rds: Rds) -> None:
    """What the CLI gets; a session needs an instance."""
    for name, text in (("session-manager-plugin", ""), ("aws", 'printf "%s\\n" "$@" > asked')):
        (deployed.folder / "bin" / name).write_text(f"#!/bin/sh\ncd {deployed.folder}\n{text}\n", encoding="utf-8")
        (deployed.folder / "bin" / name).chmod(0o755)
    tunnel = ("tunnel", "dev", "--port", "15433", "--database", NAME)
    said = run(*tunnel)
    assert said.status == 2
    assert f"There is no instance {NAME} in us-east-1" in said.err

    assert run("restore", "dev", "--to", TIME).status == 0
    said = run(*tunnel)
    assert said.status == 0
    assert f"--secret-id '{SECRET}'" in said.err
    forward = json.loads((deployed.folder / "asked").read_text().splitlines()[-1])
    assert forward["host"] == [f"{NAME}.abc.us-east-1.rds.amazonaws.com"]

    del rds.instances[NAME]["MasterUserSecret"]
    said = run(*tunnel)
    assert said.status == 2
    assert "has no secret yet" in said.err


SNAPSHOT = ("deletion_protection = false", 'deletion_protection = false\nsnapshot = "awsome-books-dev-last"')


def test_the_database_becomes_the_restored_one(deployed: Account, tmp_path: Path) -> None:
    """What the setting does to a stack that stands: another instance, and the service learns its address and its secret."""
    before, own = deployed.stack(STACK)["Outputs"], database(deployed)
    deployed.deploy(rendered(tmp_path, SNAPSHOT), STACK)
    after = deployed.stack(STACK)["Outputs"]
    assert after["DatabaseInstanceId"].startswith(f"{STACK}-")
    for output in ("DatabaseInstanceId", "DatabaseHost", "DatabaseSecretArn"):
        assert before[output] != after[output]
    parameters = deployed.stack(deployed.resources(STACK)["Service"])["Parameters"]
    assert (parameters["DatabaseHost"], parameters["DatabaseSecretArn"]) == (after["DatabaseHost"], after["DatabaseSecretArn"])
    # What keeps it private stays.
    assert {name: database(deployed)[name] for name in ("Subnets", "Parameters")} == {name: own[name] for name in ("Subnets", "Parameters")}
    # The next deployment makes no other one.
    deployed.deploy(rendered(tmp_path, SNAPSHOT, ("backup_days = 1", "backup_days = 2")), STACK)
    assert deployed.stack(STACK)["Outputs"] == after


def test_the_way_over(account: Account, run: Run, rds: Rds) -> None:
    """As it is printed, and beside what the AWS CLI has packaged: nested templates are YAML then."""
    bootstrap(account)
    digest = push(account, "1.0.0")
    assert run("deploy", "dev", "--image", "1.0.0").status == 0
    before = account.stack(STACK)["Outputs"]["DatabaseInstanceId"]
    said = run("restore", "dev", "--to", TIME)
    assert said.status == 0, said.err
    as_private_as(account, rds.calls("RestoreDBInstanceToPointInTime")[0])

    rds.snapshots.append(snapshot(f"{NAME}-copy", instance=NAME))
    settings(account, (SNAPSHOT[0], f'{SNAPSHOT[0]}\nsnapshot = "{NAME}-copy"'))
    [command] = re.findall(r"^  python -m ci (deploy .*)", said.err, re.MULTILINE)
    assert f"--image {digest}" in command
    said = run(*shlex.split(command))
    assert said.status == 0, said.err
    assert account.stack(STACK)["Outputs"]["DatabaseInstanceId"] != before


def test_preflight_looks_at_the_snapshot(account: Account, run: Run, rds: Rds) -> None:
    settings(account, SNAPSHOT)
    assert "stop     snapshot      There is no snapshot awsome-books-dev-last in us-east-1" in run("preflight", "dev").out
    rds.snapshots.append(snapshot("awsome-books-dev-last", "20 10:00"))
    said = run("preflight", "dev")
    assert "ok       snapshot      the database will be made anew, with the data of 2026-11-20T10:00:00Z" in said.out
    assert "there is a later one, of 2026-11-23T02:05:00Z" in said.out
    # Its storage has grown by itself: RDS restores to no less.
    rds.snapshots[-1] |= {"AllocatedStorage": 37}
    said = run("preflight", "dev")
    assert "stop     snapshot      the snapshot awsome-books-dev-last has 37 GB, and database.storage_gb is 20" in said.out
    assert "set storage_gb = 37 under [database] in environments/dev.toml" in said.out
    rds.snapshots[-1] |= {"EngineVersion": "17.9"}
    assert "stop     snapshot      The snapshot awsome-books-dev-last is of PostgreSQL 17, not of 18" in run("preflight", "dev").out
    rds.snapshots[-1] |= {"EngineVersion": "18.1", "Encrypted": False}
    assert "stop     snapshot      The snapshot awsome-books-dev-last is not encrypted" in run("preflight", "dev").out
