"""What else can go wrong is provoked once: each failure has its sentence, and the command that leads out of it."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from ci.deployed import checks, cli, stacks, verb
from ci.deployed.diagnosis import diagnosis
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.events import NESTED, Event
from ci.deployed.finding import Wanted
from tests.deployment.account import Account
from tests.deployment.dev import ACCOUNT, BOOTSTRAP, ROOT, STACK
from tests.operate.conftest import Run
from tests.operate.ecs import Ecs
from tests.operate.test_preflight import END_TO_END, bootstrap, settings
from tests.operate.test_release import push, write

ROLE = "arn:aws:iam::111122223333:role/execution"
WHERE = f"--stack-name {STACK} --region us-east-1"
TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}
START = datetime.now(UTC)


def create(account: Account, name: str, resources: object, **outputs: str) -> str:
    template = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}}
    created: str = account.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))["StackId"]
    account.stack(name)
    return created


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("CREATE_COMPLETE", None),
        # The first deployment of production is not rolled back: the next one goes on from there.
        ("CREATE_FAILED", None),
        ("UPDATE_FAILED", None),
        ("REVIEW_IN_PROGRESS", None),
        ("UPDATE_ROLLBACK_COMPLETE", None),
        ("CREATE_IN_PROGRESS", f"wait until CloudFormation is done with {STACK}: python -m ci status dev"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", f"wait until CloudFormation is done with {STACK}: python -m ci status dev"),
        ("ROLLBACK_COMPLETE", f"aws cloudformation delete-stack {WHERE} --role-arn {ROLE}"),
        ("ROLLBACK_FAILED", f"aws cloudformation delete-stack {WHERE} --role-arn {ROLE}"),
        ("DELETE_FAILED", f"aws cloudformation delete-stack {WHERE} --role-arn {ROLE}"),
        ("UPDATE_ROLLBACK_FAILED", f"aws cloudformation continue-update-rollback {WHERE} --role-arn {ROLE}"),
    ],
)
@pytest.mark.usefixtures("run")
def test_what_to_do_in_each_state(account: Account, status: str, step: str | None) -> None:
    create(account, BOOTSTRAP, TOPIC, ExecutionRoleArn=ROLE)
    deployed = Deployed("dev", ROOT)
    said = stacks.next_step(deployed, status)
    assert said is None if step is None else str(said).endswith(step)
    # The same in what is said of a deployment that failed.
    [*_, after] = diagnosis(deployed, [], status, "python -m ci deploy dev --image 1.0.0")
    assert after.endswith(": python -m ci deploy dev --image 1.0.0")


@pytest.mark.parametrize(
    ("status", "command"),
    [
        ("CREATE_IN_PROGRESS", f"aws cloudformation delete-stack {WHERE} --role-arn {ROLE}"),
        ("UPDATE_IN_PROGRESS", f"aws cloudformation cancel-update-stack {WHERE}"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", None),
        ("UPDATE_COMPLETE", None),
        ("", None),
    ],
)
def test_what_calls_a_deployment_off(status: str, command: str | None) -> None:
    assert stacks.call_off(Deployed("dev", ROOT), status, ROLE) == command


@pytest.mark.usefixtures("run")
def test_why_tasks_ended_and_what_they_logged(account: Account, ecs: Ecs, monkeypatch: pytest.MonkeyPatch) -> None:
    # Set by the server's fixture: the stack is the account's.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.number)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", ecs.url)
    group = {"Type": "AWS::Logs::LogGroup"}
    layer = create(account, "service", {"AppLogGroup": group, "MigrateLogGroup": group, "Cluster": TOPIC["Topic"]})
    container = {"name": "migrate", "exitCode": 1, "reason": "OutOfMemoryError: Container killed due to memory usage"}
    task = {
        "createdAt": START.timestamp() + 5,
        "taskArn": "arn:aws:ecs:us-east-1:111122223333:task/cluster/new",
        "taskDefinitionArn": "books:1",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
    }
    ecs.answers["ListTasks"] = {"taskArns": ["task"]}
    ecs.answers["DescribeTasks"] = {"tasks": [{**task, "containers": [container]}]}
    logged = [{"timestamp": 1000 * second, "logStreamName": "app/app/new", "message": f"line {second}\n"} for second in range(30)]
    # Those that went on say much more meanwhile.
    others = [{"timestamp": 60_000, "logStreamName": "app/app/old", "message": "a request"} for _ in range(30)]
    ecs.answers["FilterLogEvents"] = {"events": logged + others}
    service = "arn:aws:ecs:us-east-1:111122223333:service/cluster/books"
    failed = Event(
        "Service", "Service", service, "AWS::ECS::Service", "CREATE_FAILED", "Timed out", START + timedelta(seconds=9), itself=False
    )
    events = [
        Event("root", "Service", layer, NESTED, "CREATE_IN_PROGRESS", "", START, itself=False),
        failed._replace(status="CREATE_IN_PROGRESS", reason="", time=START),
        failed,
        Event("root", "Service", layer, NESTED, "CREATE_FAILED", "Embedded stack failed", START + timedelta(seconds=10), itself=False),
    ]
    said = list(diagnosis(Deployed("dev", ROOT), events, "ROLLBACK_COMPLETE", "again"))
    assert said[0].startswith("The cause: Service/Service (Keeps the tasks running")
    assert said[0].endswith(": CREATE_FAILED: Timed out")
    assert said[1] == (
        "A task failed: Essential container in task exited; "
        "container migrate: OutOfMemoryError: Container killed due to memory usage (exit code 1)"
    )
    # The last lines of both logs, and no more than can be read.
    assert len([line for line in said if "line " in line]) == 20
    assert "  00:00:29 app     line 29" in said
    assert "  00:00:29 migrate line 29" in said


def test_credentials_that_nobody_knows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    said = run("preflight", "dev")
    assert said.status == 2
    assert said.err == f"AWS does not know these credentials any more (InvalidClientTokenId): {verb.SIGN_IN}.\n"


PROFILES = """\
[profile browser]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Administrator
[profile command]
credential_process = false
"""


@pytest.mark.parametrize("profile", ["browser", "command"])
def test_a_sign_in_that_is_over(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    (account.folder / ".aws").mkdir()
    (account.folder / ".aws" / "config").write_text(PROFILES, encoding="utf-8")
    monkeypatch.setenv("AWS_PROFILE", profile)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    said = run("status", "dev")
    assert said.status == 2
    assert said.err.startswith("This sign-in gives no credentials, or no longer: ")
    assert said.err.endswith(f"Next: {verb.SIGN_IN}.\n")


def test_what_boto3_itself_refuses(account: Account, run: Run) -> None:
    """The network has no part in it."""
    with pytest.raises(RefusedError, match="AWS does not take these values: Parameter validation failed"), verb.told():
        Deployed("dev", ROOT).client("rds").describe_db_instances(DBInstanceIdentifier=1)
    (account.folder / ".aws").mkdir()
    (account.folder / ".aws" / "config").write_text("profile\n", encoding="utf-8")
    said = run("status", "dev")
    assert said.status == 1
    assert said.err.startswith("boto3 cannot ask AWS: ")


def test_nobody_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first question is asked twice, and not for a minute."""
    attempts: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    connection, client = server.accept()
                    attempts.append(client)
                    connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        for given in (["status", "dev"], ["preflight", "dev"], ["deploy", "dev", "--image", "1.0.0"], ["rollback", "dev", "1.0.0"]):
            attempts.clear()
            said = run(*given)
            assert said.status == 1
            assert said.err.startswith("AWS cannot be reached: ")
            assert len(attempts) == 2


def found(check: str, deployed: Deployed, **certificates: str) -> Iterator[str]:
    for finding in checks.CHECKS[check](deployed, Wanted(None, certificates)):
        yield f"{finding.state} {finding.sentence} -> {finding.remedy}"


@pytest.mark.usefixtures("run")
def test_a_certificate_that_waits(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(account, END_TO_END)
    with Ecs() as acm:
        acm.answers["DescribeCertificate"] = {"Certificate": {"Status": "PENDING_VALIDATION"}}
        monkeypatch.setenv("AWS_ENDPOINT_URL_ACM", acm.url)
        said = list(found("certificates", Deployed("dev", account.folder), CertificateArn="arn:aws:acm:us-east-1:1:certificate/1"))
    assert said == ["stop the certificate of CertificateArn is PENDING_VALIDATION -> add its DNS record and wait until it is issued"]


@pytest.mark.usefixtures("run")
def test_no_prefix_list(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = ('region = "us-east-1"', 'region = "eu-central-1"'), ('"us-east-1a", "us-east-1b"', '"eu-central-1a", "eu-central-1b"')
    settings(account, *changes)
    monkeypatch.setattr(checks, "prefix_list", lambda *_: None)
    assert list(found("prefix list", Deployed("dev", account.folder))) == ["stop eu-central-1 has no prefix list of S3 -> ask AWS"]


def test_nobody_may_write_the_gateways_log(account: Account, run: Run) -> None:
    create(account, BOOTSTRAP, TOPIC, ExecutionRoleArn=ROLE)
    said = run("preflight", "dev").out
    assert "stop     log role      API Gateway has no role to write logs in this account and region" in said
    assert "-> deploy the account's stack: docs/deploy.md, section 1" in said


def test_options_that_do_not_fit(account: Account, run: Run) -> None:
    bootstrap(account)
    push(account, "1.0.0")
    said = run("deploy", "dev", "--image", "1.0.0", "--certificate-arn", "arn:aws:acm:us-east-1:1:certificate/1")
    assert said.status == 2
    assert said.err.endswith("These settings have no parameter CertificateArn: leave its option away, or change the settings and render.\n")
    assert run("deploy", "dev", "--image", "latest").err == "latest is no version: give three numbers such as 1.2.0.\n"


def test_a_bootstrap_that_failed(account: Account, run: Run) -> None:
    """In its own words, and the commands lead out of it."""
    write(account, '"ImageTagMutability"', '"Mutability"')
    said = run("deploy", "dev", "--image", "1.0.0", "--minutes", "30")
    assert said.status == 1
    cause, state, step, then = said.err.splitlines()[-4:]
    assert cause.startswith("The cause: bootstrap/Repository (AWS::ECR::Repository): CREATE_FAILED: ")
    assert state == f"{BOOTSTRAP} is ROLLBACK_COMPLETE."
    delete = f"aws cloudformation delete-stack --stack-name {BOOTSTRAP} --region us-east-1"
    assert step.endswith(f"delete what is left of {BOOTSTRAP}, nothing can be deployed onto it: {delete}")
    assert then == "Then: python -m ci deploy dev --image 1.0.0 --minutes 30"

    for given in (["preflight", "dev", "--image", "1.0.0"], ["deploy", "dev", "--image", "1.0.0"]):
        said = run(*given)
        assert said.status == (1 if given[0] == "preflight" else 2)
        assert f"stop     stack         {BOOTSTRAP} is ROLLBACK_COMPLETE" in said.out + said.err
        assert f"{delete}; then deploy it (docs/deploy.md, section 2)" in said.out + said.err
        assert "There is no image" not in said.out + said.err
    account.shell(delete)
    write(account, "", "")
    assert "There is no image 1.0.0" in run("deploy", "dev", "--image", "1.0.0").err


def test_a_bootstrap_of_somebody_else(account: Account, run: Run) -> None:
    create(account, BOOTSTRAP, TOPIC)
    said = run("deploy", "dev", "--image", "1.0.0")
    assert said.status == 2
    assert f"stop     stack         {BOOTSTRAP} is CREATE_COMPLETE and has no outputs" in said.err
    assert "-> deploy it (docs/deploy.md, section 2)" in said.err


def test_an_account_stack_that_failed(account: Account, run: Run) -> None:
    """It is deleted before it can be deployed again."""
    create(account, BOOTSTRAP, TOPIC, ExecutionRoleArn=ROLE)
    cloudformation = account.client("cloudformation")
    broken = {"Resources": {"Instance": {"Type": "AWS::RDS::DBInstance", "Properties": {"Nothing": 1}}}}
    cloudformation.create_stack(StackName=ACCOUNT, TemplateBody=json.dumps(broken))
    assert account.stack(ACCOUNT)["StackStatus"] == "ROLLBACK_COMPLETE"
    said = run("preflight", "dev").out
    assert f"delete-stack --stack-name {ACCOUNT} --region us-east-1; then deploy the account's stack: docs/deploy.md, section 1" in said


def test_a_template_that_cannot_be_read(account: Account, run: Run) -> None:
    bootstrap(account)
    push(account, "1.0.0")
    for name in ("service", "root"):
        write(account, "", "")
        path = account.folder / "output" / "dev" / f"{name}.template.json"
        path.write_text(path.read_text(encoding="utf-8")[:-9], encoding="utf-8")
        for given in (["preflight", "dev"], ["deploy", "dev", "--image", "1.0.0"]):
            said = run(*given)
            assert said.status == 2
            [sentence] = said.err.splitlines()
            assert sentence.startswith(f"{path}")
            assert "render it anew" in sentence


def test_no_aws_cli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(cli, "find_spec", lambda _: None)
    with pytest.raises(RefusedError, match="There is no AWS CLI: make deploy-tools"):
        cli.command()


def test_what_is_not_deployed(run: Run) -> None:
    for arguments, sentence in (
        (["status"], f"{STACK} is not there in us-east-1. Next: python -m ci deploy dev --image VERSION"),
        (["logs"], f"{STACK} has no service yet. Next: python -m ci status dev"),
        (["smoke"], f"{STACK} is not deployed in us-east-1. Next: python -m ci deploy dev --image VERSION"),
        (["tunnel"], f"{STACK} is not deployed in us-east-1. Next: python -m ci deploy dev --image VERSION"),
    ):
        said = run(arguments[0], "dev", *arguments[1:])
        assert (said.status, said.err) == (2, f"{sentence}\n")
