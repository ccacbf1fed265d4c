"""What would fail half-way is refused before anything is asked; what fails all the same leads on; production keeps what it has."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ci.commands import destroy
from ci.deployed import stacks
from tests.deployment.account import Account, CommandError
from tests.deployment.dev import BOOTSTRAP, STACK, rendered
from tests.deployment.documented import PREPARE, commands
from tests.operate.conftest import Run
from tests.operate.test_failures import ROLE, TOPIC, create
from tests.operate.test_preflight import settings
from tests.operate.test_release import push

# A database that was protected after the look: the endpoint refuses to delete it, as RDS does.
PROTECTED = {
    "Instance": {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {
            "DBInstanceIdentifier": "protected",
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "AllocatedStorage": "20",
            "MasterUsername": "books_owner",
            "ManageMasterUserPassword": True,
            "DeletionProtection": True,
        },
    }
}
BESIDE = f"{STACK}-at-20261122-130500"


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destroy, "SECONDS", 0)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the question for the stack's name."""
    monkeypatch.setattr("sys.stdin", StringIO(f"{STACK}\n" * 2))


def unprotect(account: Account) -> None:
    account.client("rds").modify_db_instance(DBInstanceIdentifier="protected", DeletionProtection=False, ApplyImmediately=True)


def is_protected(account: Account) -> bool:
    protected: bool = account.stack(STACK)["EnableTerminationProtection"]
    return protected


def test_it_looks_before_it_asks(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be typed here."""
    monkeypatch.setattr("sys.stdin", None)
    said = run("destroy", "dev")
    assert (said.status, said.err) == (2, f"There is neither {STACK} nor {BOOTSTRAP} in us-east-1: nothing to destroy.\n")
    create(account, STACK, TOPIC)
    said = run("destroy", "dev")
    assert said.status == 2
    assert said.err == f"{BOOTSTRAP} has no role that deletes {STACK}: it is gone; deploy it (docs/deploy.md, section 2).\n"
    # It failed, and has no outputs.
    create(account, BOOTSTRAP, TOPIC)
    said = run("destroy", "dev")
    assert said.status == 2
    assert f"has no role that deletes {STACK}: it is CREATE_COMPLETE; deploy it" in said.err
    with monkeypatch.context() as patched:
        patched.delenv("AWS_ACCESS_KEY_ID")
        patched.delenv("AWS_SECRET_ACCESS_KEY")
        patched.setenv("AWS_EC2_METADATA_DISABLED", "true")
        said = run("destroy", "dev")
    assert said.status == 2
    assert said.err.startswith("No AWS credentials found: ")


def test_the_name(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    create(account, STACK, TOPIC)
    create(account, BOOTSTRAP, TOPIC, ExecutionRoleArn=ROLE)
    for arguments in ((), ("--yes-destroy-production", "awsome-books-prod"), ("--yes-destroy-production", "")):
        monkeypatch.setattr("sys.stdin", StringIO("awsome-books-prod\n"))
        said = run("destroy", "dev", *arguments)
        assert said.status == 2
        assert said.err.endswith(": nothing was destroyed.\n")
    assert account.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.usefixtures("answer")
def test_a_stack_that_is_busy(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint's never are while anybody looks."""
    create(account, STACK, TOPIC)
    create(account, BOOTSTRAP, TOPIC, ExecutionRoleArn=ROLE)
    account.client("cloudformation").update_termination_protection(StackName=STACK, EnableTerminationProtection=True)
    find = stacks.find

    def busy(*arguments: Any) -> stacks.Stack | None:
        found = find(*arguments)
        return found and found._replace(status="UPDATE_IN_PROGRESS")

    monkeypatch.setattr(stacks, "find", busy)
    said = run("destroy", "dev", "--yes-destroy-production", STACK)
    assert said.status == 2
    assert f"{STACK} is UPDATE_IN_PROGRESS. Next: wait until CloudFormation is done with {STACK}: python -m ci status dev" in said.err
    assert is_protected(account)


def test_a_database_under_another_name_than_the_settings_have(account: Account, run: Run, tmp_path: Path) -> None:
    protected = ("deletion_protection = false", "deletion_protection = true")
    account.deploy(rendered(tmp_path, protected), STACK)
    create(account, BOOTSTRAP, TOPIC, ExecutionRoleArn=ROLE)
    settings(account, (protected[0], f'{protected[0]}\nsnapshot = "not-deployed-yet"'))
    said = run("destroy", "dev")
    assert said.status == 2
    assert f"The database {STACK} is protected from deletion" in said.err


@pytest.mark.usefixtures("answer")
def test_what_was_restored_beside(account: Account, run: Run) -> None:
    """It is in the network's subnets; the commands that are printed remove it."""
    create(account, STACK, TOPIC)
    create(account, BOOTSTRAP, TOPIC, ExecutionRoleArn=ROLE)
    rds = account.client("rds")
    for name in (BESIDE, f"{STACK}-eu"):
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            MasterUsername="books_owner",
            MasterUserPassword="any-password",
            AllocatedStorage=20,
            DeletionProtection=True,
        )
    said = run("destroy", "dev")
    assert said.status == 2
    first, *steps = said.err.splitlines()
    assert first == "The network cannot go before what was restored into it. Next, then again:"
    assert len(steps) == 2
    for step in steps:
        # Version 1 of the CLI does not ask the environment where RDS is.
        account.shell(f"{step} --endpoint-url {account.endpoint}")
    assert [each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]] == [f"{STACK}-eu"]
    assert run("destroy", "dev").status == 0


def test_a_deletion_that_fails(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    create(account, STACK, PROTECTED)
    create(account, BOOTSTRAP, TOPIC, ExecutionRoleArn=ROLE)
    account.client("cloudformation").update_termination_protection(StackName=STACK, EnableTerminationProtection=True)
    command = ("destroy", "dev", "--yes-destroy-production", STACK)
    said = run(*command)
    assert said.status == 1
    told = said.err[said.err.index("The cause: ") :].splitlines()
    assert told[0].startswith(
        "The cause: root/Instance (AWS::RDS::DBInstance): DELETE_FAILED: Cannot delete protected DB Instance protected"
    )
    # Not delete-stack, which its protection would refuse.
    assert told[1:] == [f"{STACK} is DELETE_FAILED. Next: remove the cause, then: python -m ci {' '.join(command)}"]
    # What is left is protected as before, and nothing else was deleted.
    assert is_protected(account)
    assert account.stack(BOOTSTRAP)["StackStatus"] == "CREATE_COMPLETE"

    expired = ClientError({"Error": {"Code": "ExpiredToken", "Message": "The security token is expired"}}, "DescribeStackEvents")

    def expire(_: object) -> None:
        raise expired

    with monkeypatch.context() as patched:
        patched.setattr("ci.deployed.events.Events.new", expire)
        said = run(*command)
    # Something was begun: no refusal.
    assert said.status == 1
    assert "AWS does not know these credentials any more (ExpiredToken): sign in" in said.err

    unprotect(account)
    said = run(*command)
    assert said.status == 0, said.err
    with pytest.raises(ClientError, match="does not exist"):
        account.stack(STACK)


@pytest.mark.usefixtures("answer")
def test_a_bootstrap_that_stays(account: Account, run: Run) -> None:
    create(account, BOOTSTRAP, PROTECTED)
    said = run("destroy", "dev")
    assert said.status == 1
    assert said.err.splitlines()[-1] == (
        f"{BOOTSTRAP} was not deleted: Instance: Cannot delete protected DB Instance protected, please disable deletion protection and try "
        "again. Next: remove the cause, then: python -m ci destroy dev"
    )
    unprotect(account)
    said = run("destroy", "dev")
    assert said.status == 0, said.err
    assert "For good: delete environments/dev.toml, then python generate.py." in said.err


def test_what_was_production(account: Account, run: Run) -> None:
    """Its settings must say that it is not, before its database can go; its images and its buckets stay all the same."""
    account.shell(commands(*PREPARE))
    push(account, "1.0.0")
    bucket = account.stack(BOOTSTRAP)["Outputs"]["ArtifactBucket"]
    create(account, STACK, TOPIC)
    account.client("cloudformation").update_termination_protection(StackName=STACK, EnableTerminationProtection=True)
    said = run("destroy", "dev")
    assert said.status == 2
    assert said.err == (f"dev is protected from deletion, as production is: to destroy it, give --yes-destroy-production {STACK}.\n")
    said = run("destroy", "dev", "--yes-destroy-production", STACK)
    assert said.status == 0, said.err
    assert f"Kept: the buckets {bucket} and the images of {STACK}." in said.err
    assert {f"s3 {bucket}", f"ecr {STACK}"} <= account.inventory()
    with pytest.raises(CommandError, match="does not exist"):
        account.shell(f"aws cloudformation describe-stacks --stack-name {STACK}")
