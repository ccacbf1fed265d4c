"""The service: an ECS cluster, and Fargate tasks behind the load balancer that answer requests."""

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

from templates import names
from templates.layer import Layer
from templates.layers.service.deployment import deployment_configuration, live_and_next, rollback_alarms
from templates.layers.service.scaling import auto_scaling
from templates.layers.service.task import APP, task_definition
from templates.measures import Measure, measure
from templates.settings import Environment
from templates.tasks import Application

# How long CloudFormation waits for the first creation, which may go through the strategy's stages. One of two values: a nested stack's
# TimeoutInMinutes cannot be updated, so that few settings may change it.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
CREATION_MINUTES, LONG_CREATION_MINUTES = 4 * 60, 36 * 60


def service(environment: Environment, given: Application) -> Layer:
    """Cluster, task definition, service, roles, log groups, rollback alarms and auto scaling."""
    minutes = CREATION_MINUTES if environment.deployment.minutes <= CREATION_MINUTES / 2 else LONG_CREATION_MINUTES
    layer = Layer("service", environment, "the tasks that answer requests", tier="service", creation_minutes=minutes)
    cluster = _cluster(layer)
    definition = task_definition(layer, given)
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
                    Subnets=layer.subnets(),
                    SecurityGroups=[layer.group("service")],
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
    layer.provides("ServiceName", GetAtt(resource, "Name"), "The ECS service", published=True)
    layer.provides("AppLogGroup", Ref("AppLogGroup"), "The service's log group", published=True)
    _notifications(layer, cluster, resource)
    return layer


def _notifications(layer: Layer, cluster: Cluster, resource: Service) -> None:
    minimum = layer.environment.service.min_tasks

    def of_tasks(name: str, statistic: str = "Average") -> Measure:
        return measure(name, statistic, cluster, resource)

    running, desired = of_tasks("RunningTaskCount", "Minimum"), of_tasks("DesiredTaskCount", "Minimum")
    layer.alarm(
        "TooFewTasks",
        f"Fewer than {minimum} tasks are running while the service is awake",
        {"running": running, "desired": desired},
        above=0,
        expression=f"IF(desired > 0, {minimum} - FILL(running, 0), 0)",
        minutes=10,
    )
    layer.alarm("ServiceCpu", "The tasks' CPU is above 85 %", of_tasks("CPUUtilization"), above=85)
    layer.alarm("ServiceMemory", "The tasks' memory is above 85 %", of_tasks("MemoryUtilization"), above=85)
    # Here, where the tasks are known: without a task the ALB answers every health check of the NLB with an error, which is no news while
    # the service sleeps.
    errors = Measure("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", {"LoadBalancer": layer.needs("AlbFullName")})
    asleep = {"errors": errors, "desired": desired} if layer.environment.service.night else {"errors": errors}
    layer.alarm(
        "BalancerErrors",
        "The ALB answers with server errors of its own",
        asleep,
        above=5,
        minutes=3,
        expression="IF(FILL(desired, 0) > 0, FILL(errors, 0), 0)" if layer.environment.service.night else None,
    )
    _events(layer)
    layer.graph("Tasks", "Average", *map(of_tasks, ("RunningTaskCount", "DesiredTaskCount", "PendingTaskCount")))
    layer.graph("Tasks' CPU and memory", "Average", *map(of_tasks, ("CPUUtilization", "MemoryUtilization")))


def _events(layer: Layer) -> None:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
    for title, kind, happened, description in (
        (
            "DeploymentEvents",
            "ECS Deployment State Change",
            ["SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"],
            "Deployments of the service that finished (also by going back) or failed",
        ),
        ("StartEvents", "ECS Service Action", ["SERVICE_TASK_START_IMPAIRED"], "Tasks that do not start"),
    ):
        detail = {"eventName": happened}
        # Every service of the cluster, so that the rule, which takes a minute to create, need not wait for one.
        services = {"prefix": Sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/${Cluster}/")}
        pattern = {"source": ["aws.ecs"], "detail-type": [kind], "resources": [services], "detail": detail}
        layer.event(title, description, pattern)
    # An alarm that rolls a deployment back is created before the service, and notifies nobody itself.
    alarms = list(names.rollback_alarms(layer.environment))
    layer.event(
        "RollbackEvents",
        "Alarms that roll a deployment back",
        {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"alarmName": alarms, "state": {"value": ["ALARM"]}},
        },
    )


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
