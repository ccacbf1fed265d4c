"""A task of the service: where the service keeps a database an init container that migrates it, then the app."""

from typing import Any

from troposphere.ecs import ContainerDependency, HealthCheck, PortMapping, TaskDefinition

from templates import tasks, timeouts
from templates.layer import Layer
from templates.tasks import Application

APP = "app"
MIGRATE = "migrate"


def task_definition(layer: Layer, given: Application) -> TaskDefinition:
    """Add the task definition, its two roles and the containers' log groups."""
    environment, contract = layer.environment, layer.environment.contract
    own = {
        "ENVIRONMENT": environment.name,
        "HEALTH_PATH": environment.health_path,
        "LOG_LEVEL": environment.service.log_level,
        "PORT": str(environment.container_port),
        "TLS": "on" if environment.end_to_end else "off",
    }
    variables = tasks.variables(layer, given, **own, **tasks.workers(environment))
    containers, first = [], dict[str, Any]()
    if contract.database:
        # It has time limits of its own; StartTimeout would end it after 120 s at most.
        migrate = tasks.container(layer, MIGRATE, variables, exec=False, Essential=False, Command=list(contract.database.migrate))
        containers.append(migrate)
        first["DependsOn"] = [ContainerDependency(ContainerName=MIGRATE, Condition="SUCCESS")]
    app = tasks.container(
        layer,
        APP,
        variables,
        Essential=True,
        PortMappings=[PortMapping(ContainerPort=environment.container_port, Protocol="tcp")],
        HealthCheck=HealthCheck(Command=["CMD", *contract.health.command], Interval=10, Timeout=5, Retries=3, StartPeriod=30),
        StopTimeout=timeouts.STOP,
        **first,
    )
    does = "migrates the database, then answers requests" if contract.database else "answers requests"
    return tasks.task_definition(layer, "TaskDefinition", f"A task: {does}", given, *containers, app)
