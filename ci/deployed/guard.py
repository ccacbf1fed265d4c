"""Stops a deployment of the service that goes nowhere.

The circuit breaker of ECS covers rolling updates only; a deployment of another kind whose tasks never start runs for up to 36 hours.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ci.deployed import service
from ci.deployed.environment import Deployed
from ci.deployed.events import Event
from ci.deployed.verb import say

SERVICE = "AWS::ECS::Service"


class Limits(NamedTuple):
    """How long tasks may take to run: how many may end by a failure, and the minutes in which not all of them run."""

    failed_tasks: int = 4
    minutes: float = 20


class Guard:
    """Watches the service's deployment while CloudFormation waits for it."""

    def __init__(self, deployed: Deployed, limits: Limits) -> None:
        self.deployed = deployed
        self.limits = limits
        self.service: service.Service | None = None
        self.stopped = ""
        self.problem = ""

    def check(self, events: Iterable[Event]) -> None:
        """Look once; stop what went over a limit."""
        for event in events:
            if event.kind == SERVICE and "/" in event.physical_id:
                self.service = service.from_arn(event.physical_id)
        if self.service is None or self.stopped:
            return
        try:
            self._look(self.service)
        except ClientError as error:
            # CloudFormation is followed all the same.
            if str(error) != self.problem:
                self.problem = str(error)
                say(f"Nobody watches the service's deployment now: {error}")

    def _look(self, where: service.Service) -> None:
        deployment = self._deployment(where)
        if deployment and (reason := self._reason(where, deployment)):
            self.deployed.client("ecs").stop_service_deployment(
                serviceDeploymentArn=deployment["serviceDeploymentArn"], stopType="ROLLBACK"
            )
            self.stopped = f"The deployment of the service was stopped, and ECS rolls it back: {reason}."
            say(self.stopped)

    def _deployment(self, where: service.Service) -> dict[str, Any] | None:
        """The one that goes on; None while there is none."""
        ecs = self.deployed.client("ecs")
        brief = ecs.list_service_deployments(cluster=where.cluster, service=where.name, status=["PENDING", "IN_PROGRESS"])
        arns = [found["serviceDeploymentArn"] for found in brief["serviceDeployments"]]
        found = ecs.describe_service_deployments(serviceDeploymentArns=arns[:1])["serviceDeployments"] if arns else []
        return next(iter(found), None)

    def _reason(self, where: service.Service, deployment: dict[str, Any]) -> str | None:
        failed = service.failed_tasks(self.deployed, where, deployment["createdAt"])
        if len(failed) >= self.limits.failed_tasks:
            return f"{len(failed)} tasks failed, the last one with {'; '.join(service.why(failed[-1]))}"
        revision = deployment.get("targetServiceRevision", {})
        running, requested = revision.get("runningTaskCount", 0), revision.get("requestedTaskCount", 0)
        minutes = (datetime.now(UTC) - deployment["createdAt"]).total_seconds() / 60
        # One whose tasks all run may take its time: it moves traffic step by step, and bakes.
        if minutes >= self.limits.minutes and running < requested:
            return f"after {minutes:.0f} minutes {running} of {requested} tasks run"
        return None
