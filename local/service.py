"""A service of ECS: its tasks, and the deployments that replace them by the strategy that the template declares."""

import json
import logging
import math
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from ministack.core.responses import request_scope
from ministack.services import ecs

from local import load_balancer
from local.load_balancer import Rule
from local.stricter import Properties
from local.task import Task, TaskStoppedError

# What waits for minutes at AWS waits for as many seconds here.
MINUTE = 1.0
HOST = "127.0.0.1"
BREAKER = "ECS Deployment Circuit Breaker was triggered"
LOGGER = logging.getLogger(__name__)
LIVE = ("PENDING", "IN_PROGRESS")


class Platform(Protocol):
    """What starts tasks."""

    def task(self, record: Properties, port: int) -> Task:
        """A task by its record in ECS, that listens on a port of this machine."""

    def free_port(self) -> int:
        """A port that nobody listens on."""


class DeploymentFailedError(Exception):
    """A deployment is given up, and rolled back; the text is why."""


class Member:
    """A task of a service, its record in ECS, and the target group that it is in."""

    def __init__(self, task: Task, record: Properties, port: int) -> None:
        self.task, self.record, self.port = task, record, port
        self.group: str | None = None


class Deployment:
    """One version of the service on its way."""

    def __init__(self, service: "Service", record: Properties, number: str) -> None:
        """`record` is ECS's older kind of deployment, which says which task definition it is."""
        self.record = record
        self.arn = f"{service.record['serviceArn'].replace(':service/', ':service-deployment/')}/{number}"
        self.revision = self.arn.replace(":service-deployment/", ":service-revision/")
        self.members: list[Member] = []
        self.group: str | None = None
        self.status, self.reason = "PENDING", ""
        self.created = self.updated = datetime.now(UTC).timestamp()
        self.stop_asked = threading.Event()
        self.over = threading.Event()

    def move(self, status: str, reason: str = "") -> None:
        """Say where it is."""
        self.status, self.reason, self.updated = status, reason, datetime.now(UTC).timestamp()


class Service:
    """One service. Each deployment has a thread; so has each task."""

    def __init__(self, record: Properties, platform: Platform, scope: tuple[str, str]) -> None:
        """`record` is ministack's; `scope` the account and the region."""
        self.record = record
        self.platform = platform
        self.scope = scope
        self.cluster = record["clusterArn"].rpartition("/")[2]
        self.deployments: list[Deployment] = []
        self.live: Deployment | None = None
        self.gone = False
        # Of all deployments; also those that are only starting.
        self.members: set[Member] = set()
        self._awaited: Deployment | None = None
        self._lock = threading.RLock()
        self._scaling = threading.Lock()

    def close(self) -> None:
        """Stop all tasks, for good."""
        self.gone = True
        for deployment in self.deployments:
            deployment.stop_asked.set()
        for member in list(self.members):
            self._stop(member, "Service deleted")

    # Deployments.

    def reconcile(self) -> None:
        """Make what the record now says so: another task definition, or another number of tasks."""
        primary = next(each for each in self.record["deployments"] if each["status"] == "PRIMARY")
        with self._lock:
            latest = self.deployments[0] if self.deployments else None
            if latest and latest.record is primary:
                if latest.over.is_set() and self.live:
                    self._thread(self._scale, self.live)
                return
            if self.live and primary is self.live.record:
                return
            if latest:
                latest.stop_asked.set()
            deployment = Deployment(self, primary, uuid.uuid4().hex[:12])
            self.deployments.insert(0, deployment)
            self._awaited = deployment
        primary |= {"rolloutState": "IN_PROGRESS", "rolloutStateReason": ""}
        self._thread(self._deploy, deployment, latest)

    def wait(self) -> None:
        """Until the deployment that was asked for last is over; raises ValueError with ECS's reason where it failed."""
        deployment, self._awaited = self._awaited, None
        if deployment is None:
            return
        deployment.over.wait()
        if deployment.status != "SUCCESSFUL":
            raise ValueError(f"Resource handler returned message: \"Error occurred during operation '{deployment.reason}'.\"")

    def stop_deployment(self, arn: str) -> bool:
        """Roll it back; whether there is such a one."""
        found = next((each for each in self.deployments if each.arn == arn and each.status in LIVE), None)
        if found:
            found.stop_asked.set()
        return found is not None

    def _deploy(self, deployment: Deployment, before: Deployment | None) -> None:
        if before:
            before.over.wait()
        deployment.move("IN_PROGRESS")
        old, rule = self.live, self._rule()
        weights = rule.weights() if rule else {}
        try:
            self._replace(deployment, old, rule)
        except Exception as error:
            if rule:
                rule.set(weights)
            self._give_up(deployment, old, str(error))
            if not isinstance(error, DeploymentFailedError):
                raise
        finally:
            self._refresh()
            deployment.over.set()

    def _replace(self, deployment: Deployment, old: Deployment | None, rule: Rule | None) -> None:
        """Raises DeploymentFailedError; then the old tasks go on."""
        configuration = self.record.get("deploymentConfiguration") or {}
        deployment.group = self._group(rule, old)
        self._start_all(deployment, configuration)
        if rule and old and deployment.group:
            self._shift(deployment, rule, deployment.group, configuration)
        self._hold(deployment, configuration.get("bakeTimeInMinutes") or 0)
        deployment.record |= {"rolloutState": "COMPLETED", "rolloutStateReason": "ECS deployment completed."}
        self.live = deployment
        self._refresh()
        for member in old.members if old else ():
            self._stop(member, "Scaling activity initiated by deployment")
        if old:
            old.members.clear()
        deployment.move("SUCCESSFUL")

    def _group(self, rule: Rule | None, old: Deployment | None) -> str | None:
        """Where new tasks go: under a rule, the target group that is not live; else the one that has the tasks, or the declared one."""
        if rule and old:
            live = rule.live()
            return next(arn for arn in rule.weights() if arn != live)
        if rule:
            return rule.live()
        if old:
            return old.group
        return next((balancer["targetGroupArn"] for balancer in self.record["loadBalancers"]), None)

    def _rule(self) -> Rule | None:
        """The rule whose weights the strategy moves."""
        if (self.record.get("deploymentConfiguration") or {}).get("strategy", "ROLLING") == "ROLLING":
            return None
        arns = (each.get("advancedConfiguration", {}).get("productionListenerRule") for each in self.record["loadBalancers"])
        return next((Rule(arn) for arn in arns if arn), None)

    def _start_all(self, deployment: Deployment, configuration: Mapping[str, Any]) -> None:
        failed = 0
        breaker = configuration.get("deploymentCircuitBreaker") or {}
        while len(deployment.members) < self.record["desiredCount"]:
            self._refuse_stopped(deployment)
            try:
                self._join(deployment)
            except TaskStoppedError:
                failed += 1
                deployment.record["failedTasks"] = failed
                self._refresh()
                # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
                if breaker.get("enable") and failed >= min(200, max(3, math.ceil(self.record["desiredCount"] / 2))):
                    raise DeploymentFailedError(BREAKER) from None
                deployment.stop_asked.wait(2)

    def _join(self, deployment: Deployment) -> None:
        """A task that is healthy, and gets requests; raises TaskStoppedError."""
        port, group = self.platform.free_port(), deployment.group
        asked = ecs._run_task(
            {
                "cluster": self.cluster,
                "taskDefinition": deployment.record["taskDefinition"],
                "group": f"service:{self.record['serviceName']}",
                "startedBy": deployment.record["id"],
                "capacityProviderStrategy": self.record.get("capacityProviderStrategy"),
                "enableExecuteCommand": self.record.get("enableExecuteCommand", False),
                "_deploymentId": deployment.record["id"],
            }
        )
        record = ecs._tasks[json.loads(asked[2])["tasks"][0]["taskArn"]]
        record |= {"lastStatus": "PENDING", "startedAt": None}
        member = Member(self.platform.task(record, port), record, port)
        self.members.add(member)
        self._refresh()
        try:
            if self.gone:
                raise TaskStoppedError("Service deleted", "ServiceSchedulerInitiated")
            member.task.start()
            if group and not load_balancer.until_healthy(group, HOST, port):
                raise TaskStoppedError(f"Task failed ELB health checks in (target-group {group})", "EssentialContainerExited")
        except TaskStoppedError as error:
            member.task.stop()
            self._end(member, str(error), error.code)
            raise
        record |= {"lastStatus": "RUNNING", "startedAt": ecs._iso(), "healthStatus": "HEALTHY"}
        if group:
            load_balancer.register(group, HOST, port)
            member.group = group
        deployment.members.append(member)
        self._refresh()
        self._thread(self._watch, member)

    def _shift(self, deployment: Deployment, rule: Rule, to: str, configuration: Mapping[str, Any]) -> None:
        """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html and its neighbours."""
        canary, linear = configuration.get("canaryConfiguration"), configuration.get("linearConfiguration")
        if configuration["strategy"] == "CANARY" and canary:
            rule.shift(to, int(canary["canaryPercent"]))
            self._hold(deployment, canary["canaryBakeTimeInMinutes"])
        elif configuration["strategy"] == "LINEAR" and linear:
            for percent in range(int(linear["stepPercent"]), 100, int(linear["stepPercent"])):
                rule.shift(to, percent)
                self._hold(deployment, linear["stepBakeTimeInMinutes"])
        rule.shift(to, 100)

    def _hold(self, deployment: Deployment, minutes: float) -> None:
        """Let time pass, as long as nobody stops the deployment."""
        deployment.stop_asked.wait(float(minutes) * MINUTE)
        self._refuse_stopped(deployment)

    def _refuse_stopped(self, deployment: Deployment) -> None:
        if deployment.stop_asked.is_set() or self.gone:
            raise DeploymentFailedError("Service Deployment was rolled back" if not self.gone else "Service was deleted")

    def _give_up(self, deployment: Deployment, old: Deployment | None, reason: str) -> None:
        for member in deployment.members:
            self._stop(member, "Scaling activity initiated by deployment")
        deployment.members.clear()
        deployment.record |= {"rolloutState": "FAILED", "rolloutStateReason": reason, "desiredCount": 0, "status": "ACTIVE"}
        if old and self.record["taskDefinition"] == deployment.record["taskDefinition"]:
            old.record["status"] = "PRIMARY"
            self.record["taskDefinition"] = old.record["taskDefinition"]
        deployment.move("ROLLBACK_SUCCESSFUL" if old else "STOPPED", reason)

    # Tasks.

    def stop_task(self, arn: str, reason: str) -> bool:
        """Stop one, as a person asks for; another one takes its place. Whether it is one of this service."""
        found = next((member for member in self.members if member.record["taskArn"] == arn), None)
        if found:
            self._lose(found, TaskStoppedError(reason, "UserInitiated"))
        return found is not None

    def _watch(self, member: Member) -> None:
        try:
            member.task.watch()
        except TaskStoppedError as error:
            self._lose(member, error)

    def _lose(self, member: Member, why: TaskStoppedError) -> None:
        self._stop(member, str(why), why.code)
        for deployment in self.deployments:
            if member in deployment.members:
                deployment.members.remove(member)
                self._thread(self._scale, deployment)

    def _scale(self, deployment: Deployment) -> None:
        """Have as many tasks as are wanted, as long as this deployment is live or on its way to be."""
        with self._scaling:
            while not self.gone and len(deployment.members) < self.record["desiredCount"] and not deployment.stop_asked.is_set():
                try:
                    self._join(deployment)
                except TaskStoppedError:
                    deployment.stop_asked.wait(2)
            while len(deployment.members) > self.record["desiredCount"]:
                self._stop(deployment.members.pop(), "Scaling activity initiated by a change of the desired count")

    def _stop(self, member: Member, reason: str, code: str = "ServiceSchedulerInitiated") -> None:
        if member.group:
            load_balancer.deregister(member.group, HOST, member.port)
        member.record["desiredStatus"] = "STOPPED"
        member.task.stop()
        self._end(member, reason, code)

    def _end(self, member: Member, reason: str, code: str) -> None:
        """Note down why; only once."""
        if member not in self.members:
            return
        self.members.discard(member)
        end_record(member.record, member.task, reason, code)
        self._refresh()

    def _refresh(self) -> None:
        ecs._refresh_service_state(self.cluster, f"service:{self.record['serviceName']}")

    def _thread(self, function: Callable[..., None], *arguments: Any) -> None:
        def run() -> None:
            with request_scope(*self.scope):
                function(*arguments)

        threading.Thread(target=run, daemon=True).start()


def end_record(record: Properties, task: Task, reason: str, code: str) -> None:
    """Note down in a task's record that it is over, and why."""
    codes = task.exit_codes()
    LOGGER.warning("%s is over: %s (%s), exit codes %s", record["taskArn"], reason, code, codes)
    for container in record["containers"]:
        container |= {"lastStatus": "STOPPED", "exitCode": codes.get(container["name"]), "reason": task.reasons.get(container["name"])}
    record |= {"lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stopCode": code, "stoppedReason": reason, "stoppedAt": ecs._iso()}
