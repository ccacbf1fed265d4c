"""A deployment that was begun: how it is told that nobody watches it, that somebody else deploys, that it stays unfinished."""

import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from ci.deployed import deploy, service, stacks
from ci.deployed.environment import Deployed
from ci.deployed.events import Events
from tests.deployment.account import Account
from tests.deployment.dev import STACK
from tests.operate.conftest import Run, intercept
from tests.operate.ecs import Ecs
from tests.operate.test_preflight import ALARM, END_TO_END, alarm, bootstrap, settings
from tests.operate.test_release import BROKEN, push, running, write

GONE = {"__type": "ClusterNotFoundException", "message": "Cluster not found."}


def test_who_stops_watching(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said then is how the stack is, where that can be known."""
    bootstrap(account)
    push(account, "1.0.0")
    assert run("deploy", "dev", "--image", "1.0.0").status == 0
    expired = ClientError({"Error": {"Code": "ExpiredToken", "Message": "The security token is expired"}}, "DescribeStackEvents")
    standing = stacks.root(Deployed("dev", account.folder))

    goes_on = (
        "CloudFormation goes on by itself, and nobody stops a deployment of the service that goes nowhere.\n"
        "See what it does: python -m ci status dev\n"
    )
    call_off = f"Call it off: aws cloudformation cancel-update-stack --stack-name {STACK} --region us-east-1\n"
    over = f"Nothing goes on: {STACK} is UPDATE_COMPLETE.\nAgain: python -m ci deploy dev --image 1.0.0\n"
    for end, status, told in (
        (KeyboardInterrupt(), "UPDATE_IN_PROGRESS", f"You stopped watching. {goes_on}{call_off}"),
        (KeyboardInterrupt(), "UPDATE_COMPLETE", f"You stopped watching. {over}"),
        (expired, "", f"The security token is expired {goes_on}"),
    ):

        def look(*_: object, status: str = status) -> stacks.Stack:
            if not status:
                raise expired
            return standing._replace(status=status)

        def follow(*_: object, end: BaseException = end, look: Callable[..., stacks.Stack] = look) -> None:
            monkeypatch.setattr(stacks, "find", look)
            raise end

        with monkeypatch.context() as patched:
            # What the following exchanges is put back with it.
            patched.setattr(stacks, "find", stacks.find)
            patched.setattr(deploy, "_follow", follow)
            said = run("deploy", "dev", "--image", "1.0.0")
        assert said.status == 1
        assert said.err.endswith(told)


def test_after_it_was_begun_nothing_is_refused(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that end while the last steps are taken: the version runs, so it is no refusal."""
    bootstrap(account)
    push(account, "1.0.0")
    expired = ClientError({"Error": {"Code": "ExpiredToken", "Message": "The security token is expired"}}, "SetStackPolicy")

    def protect(_: object) -> None:
        raise expired

    with monkeypatch.context() as patched:
        patched.setattr(deploy, "protect", protect)
        said = run("deploy", "dev", "--image", "1.0.0")
    assert said.status == 1
    assert "AWS does not know these credentials any more (ExpiredToken)" in said.err

    with monkeypatch.context() as patched:
        patched.setattr(service, "find", lambda _: None)
        said = run("deploy", "dev", "--image", "1.0.0")
    assert said.status == 1
    assert f"{STACK} is deployed, but has no service" in said.err

    # One that is deployed onto, but is not there: its tasks are waited for in vain.
    with Ecs() as ecs, monkeypatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_ECS", ecs.url)
        ecs.answers |= dict.fromkeys(("DescribeServices", "ListTasks", "ListServiceDeployments"), GONE)
        assert "0 of 0 run" in run("status", "dev").out
        assert run("preflight", "dev").status == 0
        said = run("deploy", "dev", "--image", "1.0.0", "--minutes", "0.01")
        assert not ecs.calls("StopServiceDeployment")
    assert said.status == 1
    assert "0 of at least 1 tasks run" in said.err


def test_somebody_else_deploys(account: Account, run: Run) -> None:
    """What they do is no success of ours, and what we did is, whatever the CLI says in the end."""
    bootstrap(account)
    first, second = push(account, "0.1.0"), push(account, "0.2.0")
    assert run("deploy", "dev", "--image", "0.1.0").status == 0
    command = account.folder / "bin" / "aws"
    own = command.read_text(encoding="utf-8")
    update = f"update-stack --stack-name {STACK} --use-previous-template --capabilities CAPABILITY_IAM"
    theirs = f"{command} --region us-east-1 cloudformation {update} --parameters ParameterKey=ImageDigest,ParameterValue={second}"
    wait = f"{command} --region us-east-1 cloudformation wait stack-update-complete --stack-name {STACK}"
    intercept(account, f"{theirs}\n{wait}\necho {STACK} is in UPDATE_IN_PROGRESS state and can not be updated\nexit 254")
    said = run("deploy", "dev", "--image", "0.1.0")
    assert running(account) == second
    assert said.status == 1
    assert f"{STACK} is in UPDATE_IN_PROGRESS state and can not be updated" in said.err
    assert f"{STACK} is UPDATE_COMPLETE." in said.err
    assert said.err.endswith("That is what somebody else deployed. Next: python -m ci deploy dev --image 0.1.0\n")

    # It gives up after an hour.
    command.write_text(own.replace("exec ", "") + "\nstatus=$?\ncase $* in *cloudformation\\ deploy*) exit 255;; esac\nexit $status\n")
    assert run("deploy", "dev", "--image", "0.1.0").status == 0
    assert running(account) == first


def test_a_first_deployment_that_stays_unfinished(account: Account, run: Run) -> None:
    """What is protected from deletion cannot be rolled back: it goes on from where it stands, as often as it takes."""
    protected = ("deletion_protection = false", "deletion_protection = true")
    settings(account, protected)
    bootstrap(account)
    push(account, "0.1.0")
    template = account.folder / "output" / "dev" / "database.template.json"
    whole = template.read_text(encoding="utf-8")
    template.write_text(whole.replace(*BROKEN), encoding="utf-8")
    for status in ("CREATE_FAILED", "UPDATE_FAILED"):
        said = run("deploy", "dev", "--image", "0.1.0")
        assert said.status == 1
        assert " --disable-rollback " in said.err
        assert account.stack(STACK)["StackStatus"] == status
        assert said.err.endswith("What was created stays. Next: remove the cause, then: python -m ci deploy dev --image 0.1.0\n")
    template.write_text(whole, encoding="utf-8")
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 0, said.err
    assert " --disable-rollback " in said.err
    said = run("deploy", "dev", "--image", "0.1.0")
    assert " --disable-rollback " not in said.err


def test_a_first_deployment_that_came_to_the_service(account: Account, run: Run) -> None:
    """Rolled back, nothing can be deployed onto it: each command says how to clean up."""
    bootstrap(account)
    push(account, "0.1.0")
    write(account, '"DashboardBody"', '"Dashboard"')
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 1
    assert f"{STACK} is ROLLBACK_COMPLETE." in said.err
    assert "Service/Service" in said.err
    for verb in (["status", "dev"], ["preflight", "dev"], ["deploy", "dev", "--image", "0.1.0"]):
        said = run(*verb)
        assert f"aws cloudformation delete-stack --stack-name {STACK} " in said.out + said.err, verb


@pytest.mark.usefixtures("run")
def test_what_a_rollback_has_deleted(account: Account) -> None:
    """CloudFormation goes on naming it."""
    deployed = Deployed("dev", account.folder)
    resource = {"ResourceType": "AWS::CloudFormation::Stack", "Timestamp": datetime.now(UTC)}
    left = [
        {**resource, "LogicalResourceId": name, "PhysicalResourceId": name.lower(), "ResourceStatus": status}
        for name, status in (("Service", "DELETE_COMPLETE"), ("Database", "DELETE_FAILED"))
    ]
    with Stubber(deployed.client("cloudformation")) as stub:
        stub.add_response("describe_stack_resources", {"StackResources": left}, {"StackName": STACK})
        assert stacks.resources(deployed, STACK) == {"Database": "database"}


@pytest.mark.usefixtures("run")
def test_a_layer_that_was_never_begun(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no stack whose events could be read."""
    asked: list[str] = []

    def read(_: Events, stack: str, **_pages: int) -> list[dict[str, str]]:
        asked.append(stack)
        return [{}]

    deployed = Deployed("dev", account.folder)
    monkeypatch.setattr("ci.deployed.events.resources", lambda *_: {"Api": "", "Database": "arn:aws:cloudformation:::stack/database/1"})
    monkeypatch.setattr(Events, "_read", read)
    Events(deployed)
    assert asked == [STACK, "arn:aws:cloudformation:::stack/database/1"]


def test_the_next_try_has_all_that_was_given(account: Account, run: Run) -> None:
    settings(account, END_TO_END)
    bootstrap(account)
    push(account, "0.1.0")
    arn = account.client("acm").request_certificate(DomainName="books.example.org", ValidationMethod="DNS")["CertificateArn"]
    broken = account.folder / "output" / "dev" / "database.template.json"
    broken.write_text(broken.read_text(encoding="utf-8").replace(*BROKEN), encoding="utf-8")
    options = ["--certificate-arn", arn, "--failed-tasks", "8", "--minutes", "12.5", "--allow", "database.Instance", "api.Stage"]
    said = run("deploy", "dev", "--image", "0.1.0", "--despite-alarms", *options)
    assert said.status == 1
    assert said.err.endswith(f"Then: python -m ci deploy dev --image 0.1.0 --despite-alarms {' '.join(options)}\n")


def test_an_older_version_in_spite_of_alarms(account: Account, run: Run) -> None:
    """The version that is to go may have set them off."""
    bootstrap(account)
    push(account, "0.1.0"), push(account, "0.2.0")
    assert run("deploy", "dev", "--image", "0.2.0").status == 0
    alarm(account)
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 2
    said = run("rollback", "dev", "0.1.0")
    assert said.status == 0, said.err
    assert f"stop     alarms        {ALARM}: in ALARM" in said.err
    assert "It goes on although a rollback alarm is in ALARM: ECS ignores it" in said.err


def test_nothing_is_left_on_the_machine(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bootstrap(account)
    push(account, "0.1.0")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 0
    assert re.search(r"--template-file \S+/temporary/", said.err)
    assert list((tmp_path / "temporary").iterdir()) == []
