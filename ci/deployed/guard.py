"""Stops a deployment of the service that goes nowhere.

The circuit breaker of ECS covers rolling updates only; a deployment of another kind whose tasks never start runs for up to 36 hours.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ci.deployed import service, stacks
from ci.deployed.diagnosis import why_tasks_ended
from ci.deployed.environment import Deployed
from ci.deployed.events import Event, status_of_root
from ci.deployed.verb import say


class Limits(NamedTuple):
    """How long tasks may take to run: how many may end by a failure, and the minutes in which not all of them run."""

    failed_tasks: int = 4
    minutes: float = 20


class Guard:
    """Watches the service's deployment while CloudFormation waits for it."""

    def __init__(self, deployed: Deployed, limits: Limits, role: str) -> None:
        """`role` is the one with which CloudFormation works."""
        self.deployed = deployed
        self.limits = limits
        self.role = role
        self.is_over = False
        # Why its tasks ended and what they logged, as long as there was something to look at.
        self.tasks: list[str] = []
        self._problem = ""

    def check(self, events: Sequence[Event]) -> None:
        """Look once, after all that happened so far; stop what went over a limit."""
        change = service.changed(events)
        if change is None or self.is_over:
            return
        if service.has_failed(events):
            # What follows is the rollback, and one of a first deployment deletes the cluster and the logs.
            self.is_over = True
            self._remember(events)
            return
        try:
            deployment = self._deployment(change.service)
            if deployment and (reason := self._reason(change, deployment)):
                self._remember(events)
                self._stop(deployment["serviceDeploymentArn"], reason, events)
        except ClientError as error:
            # CloudFormation is followed all the same.
            self._say_once(f"Nobody watches the service's deployment now: {error}", error)

    def _deployment(self, where: service.Service) -> dict[str, Any] | None:
        """The one that goes on; None while there is none."""
        ecs = self.deployed.client("ecs")
        brief = ecs.list_service_deployments(cluster=where.cluster, service=where.name, status=["PENDING", "IN_PROGRESS"])
        arns = [found["serviceDeploymentArn"] for found in brief["serviceDeployments"]]
        found = ecs.describe_service_deployments(serviceDeploymentArns=arns[:1])["serviceDeployments"] if arns else []
        return next(iter(found), None)

    def _reason(self, change: service.Change, deployment: dict[str, Any]) -> str | None:
        failed = service.failed_tasks(self.deployed, change, deployment["createdAt"])
        if len(failed) >= self.limits.failed_tasks:
            return f"{len(failed)} tasks failed, the last one with {'; '.join(service.why(failed[-1]))}"
        revision = deployment.get("targetServiceRevision", {})
        running, requested = revision.get("runningTaskCount", 0), revision.get("requestedTaskCount", 0)
        minutes = (datetime.now(UTC) - deployment["createdAt"]).total_seconds() / 60
        # One whose tasks all run may take its time: it moves traffic step by step, and bakes.
        if minutes >= self.limits.minutes and running < requested:
            return f"after {minutes:.0f} minutes {running} of {requested} tasks run"
        return None

    def _stop(self, deployment: str, reason: str, events: Sequence[Event]) -> None:
        try:
            self.deployed.client("ecs").stop_service_deployment(serviceDeploymentArn=deployment, stopType="ROLLBACK")
        except ClientError as error:
            # A first one has nothing to go back to, and CloudFormation would wait for hours.
            call_off = stacks.call_off(self.deployed, status_of_root(events), self.role)
            way_out = f" Call it off: {call_off}" if call_off else ""
            self._say_once(f"The deployment of the service goes nowhere, {reason}, and ECS does not stop it: {error}{way_out}", error)
            return
        self.is_over = True
        say(f"The deployment of the service was stopped, and ECS rolls it back: {reason}.")

    def _remember(self, events: Sequence[Event]) -> None:
        self.tasks = self.tasks or list(why_tasks_ended(self.deployed, events))

    def _say_once(self, text: str, error: ClientError) -> None:
        if str(error) != self._problem:
            self._problem = str(error)
            say(text)
