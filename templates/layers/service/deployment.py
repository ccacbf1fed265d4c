"""How a new version takes over: the strategy, what ECS may change for it, and the alarms that call it off."""

from typing import NamedTuple

import awacs.elasticloadbalancing
from troposphere import GetAtt, Ref
from troposphere.cloudwatch import Alarm, Metric, MetricDataQuery, MetricDimension, MetricStat
from troposphere.ecs import (
    AdvancedConfiguration,
    CanaryConfiguration,
    DeploymentAlarms,
    DeploymentCircuitBreaker,
    DeploymentConfiguration,
    LinearConfiguration,
)
from troposphere.iam import Role

from templates import names, policies
from templates.layer import Layer
from templates.roles import role
from templates.settings import Environment

TARGETS = {"blue": "BlueTargetGroupFullName", "green": "GreenTargetGroupFullName"}


def deployment_configuration(environment: Environment, alarms: list[Alarm]) -> DeploymentConfiguration:
    """ECS's deployment settings for the environment's strategy; the alarms roll a deployment back."""
    settings = environment.deployment
    configuration = DeploymentConfiguration(
        Strategy={"rolling": "ROLLING", "blue_green": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}[settings.strategy],
        MinimumHealthyPercent=100,
        MaximumPercent=200,
        Alarms=DeploymentAlarms(AlarmNames=[Ref(alarm) for alarm in alarms], Enable=True, Rollback=True),
    )
    if settings.strategy != "rolling":
        # Under rolling any value, even 0, makes CloudFormation wait for up to 36 hours instead of 3.
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
        configuration.BakeTimeInMinutes = settings.bake_minutes
    if settings.strategy == "rolling":
        # The API reference and the registry's schema document it for rolling updates alone; the developer guide for blue/green, too.
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        configuration.DeploymentCircuitBreaker = DeploymentCircuitBreaker(Enable=True, Rollback=True)
    elif settings.strategy == "canary":
        configuration.CanaryConfiguration = CanaryConfiguration(
            CanaryPercent=settings.step_percent, CanaryBakeTimeInMinutes=settings.step_minutes
        )
    elif settings.strategy == "linear":
        configuration.LinearConfiguration = LinearConfiguration(
            StepPercent=settings.step_percent, StepBakeTimeInMinutes=settings.step_minutes
        )
    return configuration


def live_and_next(layer: Layer) -> AdvancedConfiguration:
    """The second target group, the rule whose weights ECS moves, and the role with which it does."""
    return AdvancedConfiguration(
        AlternateTargetGroupArn=layer.needs("GreenTargetGroupArn"),
        ProductionListenerRule=layer.needs("ProductionRuleArn"),
        RoleArn=GetAtt(_role(layer), "Arn"),
    )


def _role(layer: Layer) -> Role:
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
    balancing = awacs.elasticloadbalancing
    groups = [layer.needs("BlueTargetGroupArn"), layer.needs("GreenTargetGroupArn")]
    return role(
        layer,
        "DeploymentRole",
        "Lets ECS move traffic between the blue and the green tasks",
        # ECS documents no condition keys for this trust.
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
        policies.trust("ecs.amazonaws.com", source=None),
        policies.allow([balancing.ModifyRule], [layer.needs("ProductionRuleArn")]),
        policies.allow([balancing.ModifyListener], [layer.needs("ListenerArn")]),
        policies.allow([balancing.RegisterTargets, balancing.DeregisterTargets], groups),
        # These actions take no resource.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
        policies.allow(
            [balancing.DescribeListeners, balancing.DescribeRules, balancing.DescribeTargetGroups, balancing.DescribeTargetHealth], ["*"]
        ),
    )


def rollback_alarms(layer: Layer) -> list[Alarm]:
    """Alarms on both target groups, either of which may be live; they stand here because the service names them."""
    environment = layer.environment
    errors, unhealthy = names.rollback_alarms(environment)
    reasons = (
        Reason(errors, "HTTPCode_Target_5XX_Count", "Sum", 10, "The tasks answer with server errors"),
        Reason(unhealthy, "UnHealthyHostCount", "Maximum", 1, "Tasks fail their health check"),
    )
    return [_alarm(layer, reason) for reason in reasons]


class Reason(NamedTuple):
    """Why a deployment is called off: a metric of the target groups at or above a threshold for two of three minutes."""

    alarm: str
    metric: str
    statistic: str
    threshold: int
    description: str


def _alarm(layer: Layer, reason: Reason) -> Alarm:
    queries = [
        MetricDataQuery(
            Id=colour,
            ReturnData=False,
            MetricStat=MetricStat(
                Metric=Metric(
                    Namespace="AWS/ApplicationELB",
                    MetricName=reason.metric,
                    Dimensions=[
                        MetricDimension(Name="LoadBalancer", Value=layer.needs("AlbFullName")),
                        MetricDimension(Name="TargetGroup", Value=layer.needs(target)),
                    ],
                ),
                Period=60,
                Stat=reason.statistic,
            ),
        )
        for colour, target in TARGETS.items()
    ]
    return layer.add(
        Alarm(
            f"Rollback{reason.alarm.rpartition('-')[2].capitalize()}",
            AlarmName=reason.alarm,
            AlarmDescription=f"{reason.description}: a deployment under way is rolled back",
            Metrics=[
                *queries,
                MetricDataQuery(Id="both", Expression="SUM([FILL(blue, 0), FILL(green, 0)])", Label=reason.metric, ReturnData=True),
            ],
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=reason.threshold,
            EvaluationPeriods=3,
            DatapointsToAlarm=2,
            TreatMissingData="notBreaching",
        ),
        f"Rolls a deployment back: {reason.description[0].lower()}{reason.description[1:]}",
    )
