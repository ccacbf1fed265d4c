"""A deployment of the service that goes nowhere is stopped, one that takes its time is not; a service that sleeps is woken."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from ci.deployed import service
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.events import Event
from ci.deployed.guard import Guard, Limits
from tests.deployment.dev import ROOT
from tests.operate.ecs import Ecs

SERVICE = "arn:aws:ecs:us-east-1:111122223333:service/cluster/books"
DEPLOYMENT = "arn:aws:ecs:us-east-1:111122223333:service-deployment/cluster/books/one"
CREATED = Event("Service", "Service", SERVICE, "AWS::ECS::Service", "UPDATE_IN_PROGRESS", "", datetime.now(UTC), itself=False)


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
    task = {"createdAt": time.time(), "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited"}
    ecs.answers["ListTasks"] = {"taskArns": ["task"] * number}
    ecs.answers["DescribeTasks"] = {"tasks": [{**task, "containers": [container], **properties}] * number}


@pytest.fixture
def guard(ecs: Ecs) -> Guard:
    assert ecs.url
    return Guard(Deployed("dev", ROOT), Limits(failed_tasks=4, minutes=20))


def test_tasks_that_fail(ecs: Ecs, guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    deployment(ecs)
    tasks(ecs, 3)
    guard.check([CREATED])
    assert not ecs.calls("StopServiceDeployment")

    tasks(ecs, 4)
    guard.check([])
    assert ecs.calls("StopServiceDeployment") == [{"serviceDeploymentArn": DEPLOYMENT, "stopType": "ROLLBACK"}]
    assert "4 tasks failed" in capsys.readouterr().err
    assert "container migrate: OutOfMemory (exit code 1)" in guard.stopped

    guard.check([])
    assert len(ecs.calls("StopServiceDeployment")) == 1


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


def test_tasks_that_never_start(ecs: Ecs, guard: Guard) -> None:
    deployment(ecs, minutes=19)
    guard.check([CREATED])
    assert not ecs.calls("StopServiceDeployment")

    deployment(ecs, minutes=21, running=1)
    guard.check([])
    assert ecs.calls("StopServiceDeployment")
    assert "after 21 minutes 1 of 2 tasks run" in guard.stopped


def test_one_that_bakes_is_left_alone(ecs: Ecs, guard: Guard) -> None:
    deployment(ecs, minutes=90, running=2)
    guard.check([CREATED])
    assert not ecs.calls("StopServiceDeployment")


def test_who_may_not_watch_follows_all_the_same(ecs: Ecs, guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    ecs.answers["ListServiceDeployments"] = {"__type": "AccessDeniedException", "message": "not allowed"}
    guard.check([CREATED])
    guard.check([])
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
