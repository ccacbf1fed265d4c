"""The worker: tasks of the service's image that answer nobody, and work by themselves."""

from troposphere import Ref
from troposphere.ecs import (
    AwsvpcConfiguration,
    CapacityProviderStrategyItem,
    DeploymentCircuitBreaker,
    DeploymentConfiguration,
    NetworkConfiguration,
    Service,
)

from templates import tasks
from templates.layer import Layer
from templates.measures import measure
from templates.settings import Environment
from templates.tasks import Application

COMMAND = ["python", "books_api/manage.py", "work"]


def worker(environment: Environment, given: Application) -> Layer:
    """One task in the service's cluster, always."""
    layer = Layer("worker", environment, "what works by itself", tier="service")
    own = {"ENVIRONMENT": environment.name, "LOG_LEVEL": environment.service.log_level}
    container = tasks.container(layer, "worker", tasks.variables(layer, given, **own), Essential=True, Command=COMMAND)
    definition = tasks.task_definition(layer, "TaskDefinition", "A task that works by itself", given, container)
    service = layer.add(
        Service(
            "Worker",
            Cluster=layer.needs("ClusterName"),
            TaskDefinition=Ref(definition),
            DesiredCount=1,
            CapacityProviderStrategy=[CapacityProviderStrategyItem(CapacityProvider="FARGATE", Weight=1)],
            NetworkConfiguration=NetworkConfiguration(
                AwsvpcConfiguration=AwsvpcConfiguration(
                    AssignPublicIp="DISABLED", Subnets=layer.subnets(), SecurityGroups=[layer.group("worker")]
                )
            ),
            DeploymentConfiguration=DeploymentConfiguration(
                DeploymentCircuitBreaker=DeploymentCircuitBreaker(Enable=True, Rollback=True), MinimumHealthyPercent=0, MaximumPercent=100
            ),
            EnableExecuteCommand=environment.service.exec,
            EnableECSManagedTags=True,
            PropagateTags="SERVICE",
        ),
        "Keeps one task running",
    )
    running = measure("RunningTaskCount", "Minimum", service, namespace="ECS/ContainerInsights", ClusterName=layer.needs("ClusterName"))
    layer.alarm("WorkerStopped", "The worker does not run", running, below=1, minutes=10)
    return layer
