"""Auto scaling: how many tasks run, and when."""

from troposphere import GetAtt, Join, Ref
from troposphere.applicationautoscaling import (
    PredefinedMetricSpecification,
    ScalableTarget,
    ScalableTargetAction,
    ScalingPolicy,
    ScheduledAction,
    TargetTrackingScalingPolicyConfiguration,
)
from troposphere.ecs import Cluster, Service

from templates.layer import Layer
from templates.settings import Environment

COOLDOWN = 60


def auto_scaling(layer: Layer, cluster: Cluster, service: Service) -> None:
    """Scale the service between its minimum and maximum by CPU, memory and, under rolling, requests."""
    settings = layer.environment.service
    target = layer.add(
        ScalableTarget(
            "ScalableTarget",
            ServiceNamespace="ecs",
            ScalableDimension="ecs:service:DesiredCount",
            ResourceId=Join("/", ["service", Ref(cluster), GetAtt(service, "Name")]),
            MinCapacity=settings.min_tasks,
            MaxCapacity=settings.max_tasks,
            ScheduledActions=_schedule(layer.environment),
        ),
        f"{settings.min_tasks} to {settings.max_tasks} tasks",
    )
    metrics = {"Cpu": ("ECSServiceAverageCPUUtilization", settings.cpu_target)}
    metrics["Memory"] = ("ECSServiceAverageMemoryUtilization", settings.memory_target)
    for name, (metric, value) in metrics.items():
        _track(layer, target, name, value, PredefinedMetricSpecification(PredefinedMetricType=metric))
    if settings.requests_target is not None:
        # app/<balancer>/<id>/targetgroup/<group>/<id>
        label = Join("/", [layer.needs("AlbFullName"), layer.needs("BlueTargetGroupFullName")])
        specification = PredefinedMetricSpecification(PredefinedMetricType="ALBRequestCountPerTarget", ResourceLabel=label)
        _track(layer, target, "Requests", settings.requests_target, specification)


def _track(layer: Layer, target: ScalableTarget, name: str, value: int, metric: PredefinedMetricSpecification) -> None:
    layer.add(
        ScalingPolicy(
            f"ScaleBy{name}",
            PolicyName=f"{name.lower()}-target",
            PolicyType="TargetTrackingScaling",
            ScalingTargetId=Ref(target),
            TargetTrackingScalingPolicyConfiguration=TargetTrackingScalingPolicyConfiguration(
                TargetValue=value, ScaleInCooldown=COOLDOWN, ScaleOutCooldown=COOLDOWN, PredefinedMetricSpecification=metric
            ),
        ),
        f"Adds and removes tasks to keep {name.lower()} near {value}",
    )


def _schedule(environment: Environment) -> list[ScheduledAction]:
    """A new service starts with one task and target tracking does not raise it: a schedule brings it to its minimum."""
    settings, night = environment.service, environment.service.night
    awake = ScalableTargetAction(MinCapacity=settings.min_tasks, MaxCapacity=settings.max_tasks)
    if night is None:
        return [ScheduledAction(ScheduledActionName="minimum", Schedule="rate(5 minutes)", ScalableTargetAction=awake)]
    hours = f"{night.wake_hour}-{night.sleep_hour - 1}"
    return [
        ScheduledAction(
            ScheduledActionName="wake",
            Schedule=f"cron(0/5 {hours} ? * {night.days} *)",
            Timezone=night.timezone,
            ScalableTargetAction=awake,
        ),
        ScheduledAction(
            ScheduledActionName="sleep",
            Schedule=f"cron(0 {night.sleep_hour} * * ? *)",
            Timezone=night.timezone,
            ScalableTargetAction=ScalableTargetAction(MinCapacity=0, MaxCapacity=0),
        ),
    ]
