"""ECS's calls, and CloudFormation's, whose tasks run on this machine; and its auto scaling."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack import app
from ministack.core import iam_actions, router
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, request_scope
from ministack.services import cloudwatch_logs, ecs, sts

from local import handlers
from local.engines import Engine
from local.postgres import free_port
from local.rds import Rds
from local.service import HOST, Deployment, Service, end_record
from local.stricter import Created, Properties
from local.task import Task, TaskStoppedError

SERVICE, DEFINITION, TARGET = "AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::ApplicationAutoScaling::ScalableTarget"
SCALING = "application-autoscaling"
Answer = tuple[int, dict[str, str], bytes]

_run_task, _stop_task = ecs._run_task, ecs._stop_task


class Ecs:
    """The services of the region and their tasks."""

    def __init__(self, engine: Engine, rds: Rds, endpoint: str) -> None:
        """`endpoint` is where tasks find AWS."""
        self.engine, self.rds, self.endpoint = engine, rds, endpoint
        self.services: dict[str, Service] = {}
        self.tasks: list[Task] = []
        self._definitions: dict[str, Properties] = {}

    def connect(self) -> None:
        """Exchange the functions; once, before the server starts."""
        handlers.created(DEFINITION, self._define)
        handlers.updated(DEFINITION, self._define)
        handlers.created(SERVICE, lambda created, _: self.services[created[0]].wait())
        handlers.updated(SERVICE, lambda updated, _: self.services[updated[0]].wait())
        handlers.before_deletion(SERVICE, lambda arn: self.services.pop(arn).close())
        for tell in (handlers.created, handlers.updated):
            tell(TARGET, lambda _, target: self.scale(target["ResourceId"], int(target["MinCapacity"]), int(target["MaxCapacity"])))
        ecs._reconcile_service_tasks = self.reconcile
        ecs._ACTION_MAP |= {
            "DescribeServiceDeployments": self.describe_deployments,
            "ListServiceDeployments": self.list_deployments,
            "RunTask": self.run_task,
            "StopServiceDeployment": self.stop_deployment,
            "StopTask": self.stop_task,
        }
        router.SERVICE_PATTERNS[SCALING] = {"target_prefixes": ["AnyScaleFrontendService"], "credential_scope": SCALING}
        iam_actions.SERVICE_TO_IAM_NAMESPACE[SCALING] = SCALING
        app.SERVICE_HANDLERS[SCALING] = self.auto_scaling

    def close(self) -> None:
        """Stop all tasks."""
        for service in self.services.values():
            with request_scope(*service.scope):
                service.close()
        for task in self.tasks:
            task.stop()

    # Services.

    def reconcile(self, _cluster: str, key: str) -> None:
        """What ministack calls once a service was created or changed."""
        record = ecs._services[key]
        if record["status"] != "ACTIVE":
            return
        arn = record["serviceArn"]
        if arn not in self.services:
            self.services[arn] = Service(record, self, (get_account_id(), get_region()))
        self.services[arn].reconcile()

    def scale(self, resource: str, least: int, most: int) -> None:
        """Bring a service, service/<cluster>/<name>, between these numbers of tasks; its schedule is not played."""
        _, cluster, name = resource.split("/")
        record = ecs._services[f"{cluster}/{name}"]
        wanted = min(max(record["desiredCount"], least), most)
        if wanted != record["desiredCount"]:
            record["desiredCount"] = wanted
            self.services[record["serviceArn"]].reconcile()

    async def auto_scaling(self, _method: str, _path: str, headers: Mapping[str, str], body: bytes, _query: Any) -> Answer:
        """RegisterScalableTarget, which brings a service to its minimum at once."""
        operation, asked = headers["x-amz-target"].rpartition(".")[2], json.loads(body)
        if operation != "RegisterScalableTarget":
            unknown: Answer = error_response_json("UnknownOperationException", f"{operation} is not played here.", 400)
            return unknown
        self.scale(asked["ResourceId"], asked["MinCapacity"], asked["MaxCapacity"])
        done: Answer = json_response({})
        return done

    def list_deployments(self, asked: Properties) -> Any:
        """Of a service, the latest first."""
        statuses = asked.get("status")
        found = self.services.get(self._arn(asked))
        listed = [each for each in (found.deployments if found else ()) if not statuses or each.status in statuses]
        return json_response({"serviceDeployments": [_brief(each) for each in listed]})

    def describe_deployments(self, asked: Properties) -> Any:
        """By their ARNs."""
        wanted = asked["serviceDeploymentArns"]
        found = [(service, each) for service in self.services.values() for each in service.deployments if each.arn in wanted]
        return json_response({"serviceDeployments": [_described(service, each) for service, each in found]})

    def stop_deployment(self, asked: Properties) -> Any:
        """Roll it back."""
        arn = asked["serviceDeploymentArn"]
        if not any(service.stop_deployment(arn) for service in self.services.values()):
            return error_response_json("ServiceDeploymentNotFoundException", "The service deployment was not found.", 400)
        return json_response({"serviceDeploymentArn": arn})

    @staticmethod
    def _arn(asked: Properties) -> str:
        name, cluster = asked["service"].rpartition("/")[2], asked.get("cluster", "default").rpartition("/")[2]
        return f"arn:aws:ecs:{get_region()}:{get_account_id()}:service/{cluster}/{name}"

    # Tasks.

    def free_port(self) -> int:
        """A port that nobody listens on."""
        return free_port()

    def task(self, record: Properties, port: int) -> Task:
        """A task that listens on a port of this machine, with the credentials of its role."""
        definition, scope = self._definitions[record["taskDefinitionArn"]], (get_account_id(), get_region())
        overrides = {each["name"]: each for each in record["overrides"].get("containerOverrides", ())}
        region = {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": scope[1], "AWS_DEFAULT_REGION": scope[1]}
        platform = region | _credentials(definition["TaskRoleArn"])
        ports = {
            str(each["ContainerPort"]): str(port) for made in definition["ContainerDefinitions"] for each in made.get("PortMappings", ())
        }
        containers = [_overridden(container, overrides) for container in definition["ContainerDefinitions"]]

        def log(options: Mapping[str, str], stream: str, line: str) -> None:
            with request_scope(*scope):
                _log(options["awslogs-group"], stream, line)

        task = Task(
            record["taskArn"].rpartition("/")[2],
            self.engine,
            {**definition, "ContainerDefinitions": containers},
            lambda container: self._variables(dict(container), ports) | platform | {"GUNICORN_CMD_ARGS": f"--bind={HOST}:{port}"},
            log,
        )
        self.tasks.append(task)
        return task

    def run_task(self, asked: Properties) -> Any:
        """One that belongs to no service: `aws ecs run-task`."""
        answer = _run_task(asked)
        for made in json.loads(answer[2]).get("tasks", ()):
            record = ecs._tasks[made["taskArn"]]
            record |= {"lastStatus": "PENDING", "startedAt": None}
            self._thread(self._run, record, self.task(record, free_port()))
        return answer

    def _run(self, record: Properties, task: Task) -> None:
        try:
            task.start()
            record |= {"lastStatus": "RUNNING", "startedAt": ecs._iso()}
            task.watch()
        except TaskStoppedError as error:
            task.stop()
            end_record(record, task, str(error), error.code)

    def stop_task(self, asked: Properties) -> Any:
        """`aws ecs stop-task`."""
        task = ecs._resolve_task(asked["task"], ecs._resolve_cluster_name(asked.get("cluster", "default")))
        reason = asked.get("reason", "Task stopped by user")
        if task and any(service.stop_task(task["taskArn"], reason) for service in self.services.values()):
            return json_response({"task": ecs._sanitize(task)})
        return _stop_task(asked)

    def _define(self, created: Created, properties: Properties) -> None:
        self._definitions[created[0]] = properties

    def _variables(self, container: Properties, ports: Mapping[str, str]) -> dict[str, str]:
        """Those of the definition, with what they stand for on this machine: its ports are shared by all tasks."""
        variables = {each["Name"]: str(each["Value"]) for each in container.get("Environment", ())}
        for host in list(variables.values()):
            if database := self.rds.find(host):
                # The names of the VPC are not known here: libpq takes the address apart from the name that it verifies.
                ports = {**ports, str(database.record["Endpoint"]["Port"]): str(database.instance.relay.port)}
                variables |= {"PGHOSTADDR": HOST, "DATABASE_CA_FILE": str(self.rds.certificate)}
        return {name: ports.get(value, value) for name, value in variables.items()}

    def _thread(self, function: Callable[..., None], *arguments: Any) -> None:
        scope = (get_account_id(), get_region())

        def run() -> None:
            with request_scope(*scope):
                function(*arguments)

        threading.Thread(target=run, daemon=True).start()


def _overridden(container: Properties, overrides: Mapping[str, Properties]) -> Properties:
    """A container as `run-task` wants it."""
    wanted = overrides.get(container["Name"], {})
    if not wanted:
        return container
    given = [{"Name": each["name"], "Value": each["value"]} for each in wanted.get("environment", ())]
    names = {each["Name"] for each in given}
    kept = [each for each in container.get("Environment", ()) if each["Name"] not in names]
    return container | {"Environment": kept + given, "Command": wanted.get("command") or container.get("Command", [])}


def _credentials(role: str) -> dict[str, str]:
    """What ECS gives a task: a session of its role, whose policies are evaluated."""
    key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(40)
    arn = f"arn:aws:sts::{get_account_id()}:assumed-role/{role.rpartition('/')[2]}/task"
    sts.register_session(key, {"Arn": arn, "UserId": "AROA:task", "SecretAccessKey": secret, "SessionToken": token})
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def _log(group: str, stream: str, line: str) -> None:
    """A line into CloudWatch Logs; a group that is gone gets none."""
    named = {"logGroupName": group, "logStreamName": stream}
    if group in cloudwatch_logs._log_groups and stream not in cloudwatch_logs._log_groups[group]["streams"]:
        cloudwatch_logs._create_log_stream(named)
    cloudwatch_logs._put_log_events({**named, "logEvents": [{"timestamp": int(time.time() * 1000), "message": line}]})


def _brief(deployment: Deployment) -> Properties:
    """As ListServiceDeployments answers it."""
    return {
        "serviceDeploymentArn": deployment.arn,
        "status": deployment.status,
        "statusReason": deployment.reason,
        "createdAt": deployment.created,
        "targetServiceRevisionArn": deployment.revision,
    }


def _described(service: Service, deployment: Deployment) -> Properties:
    """As DescribeServiceDeployments answers it."""
    states = [member.record["lastStatus"] for member in service.members if member.record["_deployment_id"] == deployment.record["id"]]
    return {
        **_brief(deployment),
        "serviceArn": service.record["serviceArn"],
        "clusterArn": service.record["clusterArn"],
        "updatedAt": deployment.updated,
        "deploymentConfiguration": service.record["deploymentConfiguration"],
        "targetServiceRevision": {
            "arn": deployment.revision,
            "requestedTaskCount": service.record["desiredCount"],
            "runningTaskCount": states.count("RUNNING"),
            "pendingTaskCount": states.count("PENDING"),
        },
    }
