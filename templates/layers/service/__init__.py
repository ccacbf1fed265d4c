"""The service: an ECS cluster, and Fargate tasks that migrate the database and then answer requests."""

from math import ceil
from typing import Any

from troposphere import GetAtt, Ref, Sub
from troposphere.ecs import (
    AwsvpcConfiguration,
    CapacityProviderStrategyItem,
    Cluster,
    ClusterSetting,
    LoadBalancer,
    NetworkConfiguration,
    Service,
)
from troposphere.logs import LogGroup

from templates.layer import Layer
from templates.layers.service.deployment import deployment_configuration, live_and_next, rollback_alarms
from templates.layers.service.scaling import auto_scaling
from templates.layers.service.task import APP, task_definition
from templates.settings import Environment


def service(environment: Environment) -> Layer:
    """Cluster, task definition, service, roles, log groups, rollback alarms and auto scaling."""
    # An hour to start the tasks. A first deployment may go through the strategy's stages, too.
    minutes = 60 + ceil(environment.deployment.minutes)
    layer = Layer("service", environment, "the tasks that answer requests", creation_minutes=minutes)
    cluster = _cluster(layer)
    definition = task_definition(layer)
    two_versions: dict[str, Any] = {} if environment.deployment.strategy == "rolling" else {"AdvancedConfiguration": live_and_next(layer)}
    resource = layer.add(
        Service(
            "Service",
            Cluster=Ref(cluster),
            TaskDefinition=Ref(definition),
            # No DesiredCount: auto scaling owns it, and an update would set it back.
            CapacityProviderStrategy=_capacity(environment),
            PlatformVersion="LATEST",
            NetworkConfiguration=NetworkConfiguration(
                AwsvpcConfiguration=AwsvpcConfiguration(
                    AssignPublicIp="DISABLED",
                    Subnets=layer.needs("ServiceSubnetIds"),
                    SecurityGroups=[layer.needs("ServiceSecurityGroupId")],
                )
            ),
            LoadBalancers=[
                LoadBalancer(
                    ContainerName=APP,
                    ContainerPort=environment.container_port,
                    TargetGroupArn=layer.needs("BlueTargetGroupArn"),
                    **two_versions,
                )
            ],
            # The first health checks count only after a task had time to migrate and start.
            HealthCheckGracePeriodSeconds=120,
            DeploymentConfiguration=deployment_configuration(environment, rollback_alarms(layer)),
            EnableExecuteCommand=environment.service.exec,
            EnableECSManagedTags=True,
            PropagateTags="SERVICE",
            # Container Insights would create this group itself, without an end to what it keeps.
            DependsOn=["InsightsLogGroup"],
        ),
        "Keeps the tasks running, and replaces them by those of a new version",
    )
    # Tasks start only when they can pull, log and read their secret.
    layer.after("EndpointIds")
    auto_scaling(layer, cluster, resource)
    layer.provides("ClusterName", Ref(cluster), "The ECS cluster", published=True)
    layer.provides("ServiceArn", Ref(resource), "The ECS service, as events name it")
    layer.provides("ServiceName", GetAtt(resource, "Name"), "The ECS service", published=True)
    layer.provides("AppLogGroup", Ref("AppLogGroup"), "The service's log group", published=True)
    return layer


def _cluster(layer: Layer) -> Cluster:
    days = layer.environment.log_days
    cluster = layer.add(
        Cluster(
            "Cluster",
            ClusterSettings=[ClusterSetting(Name="containerInsights", Value="enabled")],
            CapacityProviders=["FARGATE", "FARGATE_SPOT"],
        ),
        "The ECS cluster, with Container Insights",
    )
    layer.add(
        LogGroup("InsightsLogGroup", LogGroupName=Sub("/aws/ecs/containerinsights/${Cluster}/performance"), RetentionInDays=days),
        "Container Insights' measurements",
    )
    for title, what in (("AppLogGroup", "service"), ("MigrateLogGroup", "migrations")):
        layer.add(LogGroup(title, RetentionInDays=days), f"The log of the {what}")
    return cluster


def _capacity(environment: Environment) -> list[CapacityProviderStrategyItem]:
    spot = environment.service.spot_percent
    items = []
    if spot < 100:
        # Where it matters, what must always run is not on Spot.
        base: dict[str, Any] = {"Base": environment.service.min_tasks} if spot and environment.production else {}
        items.append(CapacityProviderStrategyItem(CapacityProvider="FARGATE", Weight=100 - spot, **base))
    if spot:
        items.append(CapacityProviderStrategyItem(CapacityProvider="FARGATE_SPOT", Weight=spot))
    return items
