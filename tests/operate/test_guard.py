"""A deployment of the service that goes nowhere is stopped, one that takes its time is not; a service that sleeps is woken."""

import sys
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from ci.__main__ import main
from ci.deployed import deploy, service
from ci.deployed.diagnosis import diagnosis, why_tasks_ended
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.events import Event
from ci.deployed.guard import Guard, Limits
from tests.deployment.account import Account
from tests.deployment.dev import ROOT, STACK
from tests.operate.conftest import Run, intercept
from tests.operate.ecs import Ecs
from tests.operate.test_preflight import bootstrap
from tests.operate.test_release import push

SERVICE = "arn:aws:ecs:us-east-1:111122223333:service/cluster/books"
DEPLOYMENT = "arn:aws:ecs:us-east-1:111122223333:service-deployment/cluster/books/one"
ROLE = "arn:aws:iam::111122223333:role/execution"
OLD, NEW = (f"arn:aws:ecs:us-east-1:111122223333:task-definition/books:{number}" for number in (1, 2))
CREATED = Event("Service", "Service", SERVICE, "AWS::ECS::Service", "UPDATE_IN_PROGRESS", "", datetime.now(UTC), itself=False)
# As CloudFormation replaces it: first by the name that it had.
REPLACED = [CREATED._replace(logical_id="TaskDefinition", kind="AWS::ECS::TaskDefinition", physical_id=arn) for arn in (OLD, NEW)]
FAILED = CREATED._replace(status="UPDATE_FAILED", reason="Rolled back")


def deployment(ecs: Ecs, *, minutes: float = 1, running: int = 0) -> None:
    revision = {"requestedTaskCount": 2, "runningTaskCount": running}
    ecs.answers.setdefault("ListTasks", {"taskArns": []})
    ecs.answers["ListServiceDeployments"] = {"serviceDeployments": [{"serviceDeploymentArn": DEPLOYMENT}]}
    ecs.answers["DescribeServiceDeployments"] = {
        "serviceDeployments": [
            {"serviceDeploymentArn": DEPLOYMENT, "createdAt": time.time() - minutes * 60, "targetServiceRevision": revision}
        ]
    }


def tasks(ecs: Ecs, number: int, **properties: Any) -> None:
    container = {"name": "migrate", "exitCode": 1, "reason": "OutOfMemory"}
    task = {
        "createdAt": time.time(),
        "taskDefinitionArn": NEW,
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
    }
    ecs.answers["ListTasks"] = {"taskArns": ["task"] * number}
    ecs.answers["DescribeTasks"] = {"tasks": [{**task, "containers": [container], **properties}] * number}


@pytest.fixture
def guard(ecs: Ecs) -> Guard:
    assert ecs.url
    return Guard(Deployed("dev", ROOT), Limits(failed_tasks=4, minutes=20), ROLE)


def test_tasks_that_fail(ecs: Ecs, guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    deployment(ecs)
    tasks(ecs, 3)
    guard.check([CREATED])
    assert not ecs.calls("StopServiceDeployment")

    tasks(ecs, 4)
    guard.check([CREATED])
    assert ecs.calls("StopServiceDeployment") == [{"serviceDeploymentArn": DEPLOYMENT, "stopType": "ROLLBACK"}]
    said = capsys.readouterr().err
    assert "4 tasks failed" in said
    assert "container migrate: OutOfMemory (exit code 1)" in said

    guard.check([CREATED])
    assert len(ecs.calls("StopServiceDeployment")) == 1


def test_tasks_of_the_version_that_is_to_be_mended(ecs: Ecs, guard: Guard) -> None:
    deployment(ecs)
    tasks(ecs, 9, taskDefinitionArn=OLD)
    guard.check([*REPLACED, CREATED])
    assert not ecs.calls("StopServiceDeployment")
    assert list(why_tasks_ended(guard.deployed, [*REPLACED, CREATED])) == []

    tasks(ecs, 4)
    guard.check([*REPLACED, CREATED])
    assert ecs.calls("StopServiceDeployment")
    # Where the task definition stays, every task is one of its.
    assert list(why_tasks_ended(guard.deployed, [CREATED]))


@pytest.mark.parametrize(("status", "command"), [("CREATE_IN_PROGRESS", "delete-stack"), ("UPDATE_IN_PROGRESS", "cancel-update-stack")])
def test_one_that_cannot_be_stopped(ecs: Ecs, guard: Guard, capsys: pytest.CaptureFixture[str], status: str, command: str) -> None:
    """A first one has nothing to go back to."""
    deployment(ecs)
    tasks(ecs, 4)
    ecs.answers["StopServiceDeployment"] = {"__type": "ConflictException", "message": "nothing to roll back to"}
    root = CREATED._replace(layer="root", logical_id=STACK, status=status, itself=True)
    guard.check([root, CREATED])
    guard.check([root, CREATED])
    [said] = capsys.readouterr().err.splitlines()
    assert "goes nowhere, 4 tasks failed, the last one with Essential container in task exited" in said
    assert "nothing to roll back to" in said
    assert f"Call it off: aws cloudformation {command} --stack-name {STACK} --region us-east-1" in said


def test_what_a_rollback_takes_with_it(ecs: Ecs, guard: Guard) -> None:
    """The cluster of a first deployment, and its logs: it is looked at as soon as the service has failed."""
    deployment(ecs)
    tasks(ecs, 1)
    guard.check([CREATED, FAILED])
    assert not ecs.calls("ListServiceDeployments")
    ecs.answers["ListTasks"] = {"__type": "ClusterNotFoundException", "message": "Cluster not found."}
    guard.check([CREATED, FAILED])
    told = list(diagnosis(guard.deployed, [CREATED, FAILED], "", "again", tasks=guard.tasks))
    assert told[1] == "A task failed: Essential container in task exited; container migrate: OutOfMemory (exit code 1)"
    assert not any("cannot be looked at" in line for line in told)


@pytest.mark.parametrize(
    "limit", [("--failed-tasks", "0"), ("--failed-tasks", "-1"), ("--failed-tasks", "nan"), ("--minutes", "0"), ("--minutes", "nan")]
)
@pytest.mark.parametrize("verb", [["deploy", "dev", "--image", "1.0.0"], ["rollback", "dev", "1.0.0"]], ids=" ".join)
def test_a_limit_that_is_none(verb: list[str], limit: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*verb, *limit])
    assert f"argument {limit[0]}: {limit[1]} is not above 0" in capsys.readouterr().err


def test_a_deployment_is_watched(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap(account)
    push(account, "0.1.0")
    # All is there at once, and the CLI is gone: it stays a while.
    intercept(account, f'"{sys.executable}" -m awscli "$@"\nstatus=$?\nsleep 2\nexit $status')
    monkeypatch.setattr(deploy, "SECONDS", 0.2)
    with Ecs() as ecs:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", ecs.url)
        ecs.answers["DescribeServices"] = {"services": [{"status": "ACTIVE", "desiredCount": 1, "runningCount": 1}]}
        deployment(ecs, minutes=4)
        said = run("deploy", "dev", "--image", "0.1.0", "--minutes", "3.5")
        assert ecs.calls("StopServiceDeployment") == [{"serviceDeploymentArn": DEPLOYMENT, "stopType": "ROLLBACK"}]
    assert "The deployment of the service was stopped, and ECS rolls it back: after 4 minutes 0 of 2 tasks run." in said.err
    assert said.status == 0, said.err


def test_tasks_that_fail_their_health_check(ecs: Ecs, guard: Guard) -> None:
    deployment(ecs)
    tasks(ecs, 4, stopCode="ServiceSchedulerInitiated", stoppedReason="Task failed ELB health checks in (target-group blue)")
    guard.check([CREATED])
    assert ecs.calls("StopServiceDeployment")


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"stopCode": "ServiceSchedulerInitiated", "stoppedReason": "Scaling activity initiated by deployment"}, id="replaced"),
        pytest.param({"stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task was interrupted."}, id="spot"),
        pytest.param({"createdAt": time.time() - 3600}, id="before"),
    ],
)
def test_tasks_that_end_otherwise(ecs: Ecs, guard: Guard, properties: dict[str, Any]) -> None:
    deployment(ecs)
    tasks(ecs, 9, **properties)
    guard.check([CREATED])
    assert not ecs.calls("StopServiceDeployment")


def test_tasks_that_never_start(ecs: Ecs, guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    deployment(ecs, minutes=19)
    guard.check([CREATED])
    assert not ecs.calls("StopServiceDeployment")

    deployment(ecs, minutes=21, running=1)
    guard.check([CREATED])
    assert ecs.calls("StopServiceDeployment")
    assert "after 21 minutes 1 of 2 tasks run" in capsys.readouterr().err


def test_one_that_bakes_is_left_alone(ecs: Ecs, guard: Guard) -> None:
    deployment(ecs, minutes=90, running=2)
    guard.check([CREATED])
    assert not ecs.calls("StopServiceDeployment")


def test_who_may_not_watch_follows_all_the_same(ecs: Ecs, guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    ecs.answers["ListServiceDeployments"] = {"__type": "AccessDeniedException", "message": "not allowed"}
    guard.check([CREATED])
    guard.check([CREATED])
    assert capsys.readouterr().err.count("Nobody watches the service's deployment now: ") == 1


def test_nothing_is_asked_before_there_is_a_service(ecs: Ecs, guard: Guard) -> None:
    guard.check([CREATED._replace(physical_id="")])
    assert ecs.asked == []


@pytest.mark.parametrize(("desired", "woken"), [(0, True), (1, False)])
def test_a_service_that_sleeps_is_woken(ecs: Ecs, desired: int, woken: bool) -> None:
    ecs.answers["DescribeServices"] = {"services": [{"status": "ACTIVE", "desiredCount": desired}]}
    assert service.wake(Deployed("dev", ROOT), service.from_arn(SERVICE)) == woken
    registered = {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": "service/cluster/books",
        "MinCapacity": 1,
        "MaxCapacity": 2,
        "SuspendedState": {"ScheduledScalingSuspended": False},
    }
    assert ecs.calls("RegisterScalableTarget") == [registered] * woken


@pytest.mark.parametrize("error", ["AccessDeniedException", "ValidationException"])
def test_a_service_that_nobody_may_wake(ecs: Ecs, error: str) -> None:
    deployed, where = Deployed("dev", ROOT), service.from_arn(SERVICE)
    ecs.answers["RegisterScalableTarget"] = {"__type": error, "message": "ecs:UpdateService is missing"}
    ecs.answers["DescribeServices"] = {"services": [{"status": "ACTIVE", "desiredCount": 0}]}
    with pytest.raises(RefusedError, match=r"dev sleeps, and these credentials may not wake it: .* AWS said: ecs:UpdateService is missing"):
        service.wake(deployed, where)

    # One that is new has one task, and a schedule that adds the others.
    deployed = Deployed("prod", ROOT)
    ecs.answers["DescribeServices"] = {"services": [{"status": "ACTIVE", "desiredCount": 1}]}
    assert not service.wake(deployed, where)
