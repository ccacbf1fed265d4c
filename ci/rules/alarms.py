"""Alarms watch what can go wrong, by the metrics that AWS publishes, ring at the settings' numbers, and tell the topic.

An alarm on a dimension that matches nothing, by another statistic or with a threshold of another instance class rings always, or never.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ci.model import Deployment, Reference, Resource
from ci.model.metrics import Metric, asked, of_balancer, of_group, of_tasks, queries
from ci.rules import Finding, compare
from templates import instance_classes

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"
REMEDY = "Correct templates/layers/monitoring/alarms.py."

GIB = 2**30
# The longest that it may take to ring.
MINUTES = 15
ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"


class Watch(NamedTuple):
    """What must be watched, and from the least to the most at which an alarm on it makes sense."""

    metrics: tuple[Metric, ...]
    least: float
    most: float
    comparison: str = ABOVE
    expression: str | None = None


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each alarm with what it is for, then say what none of them watches."""
    topics = [Reference(topic) for topic in deployment.of("AWS::SNS::Topic")]
    missing = {(watch.metrics[0].namespace, watch.metrics[0].name): watch for watch in _wanted(deployment)}
    for alarm in deployment.of("AWS::CloudWatch::Alarm"):
        # Alarms with a name call deployments off, and have a rule of their own.
        if alarm.get("AlarmName") is None:
            metric = alarm.need("Metrics", 0, "MetricStat", "Metric")
            watch = missing.pop((metric.get("Namespace"), metric.get("MetricName")), None)
            if watch is None:
                yield Finding(alarm, f"watches {metric.get('MetricName')}, for which there is an alarm already, or no reason.")
            else:
                yield from _rings(alarm, watch)
            if not (alarm.get("AlarmActions") == alarm.get("OKActions") == topics and topics):
                yield Finding(alarm, "tells nobody when it rings, or when it is over.")
    for namespace, name in missing:
        yield Finding(None, f"No alarm watches {namespace} {name}.")


def _rings(alarm: Resource, watch: Watch) -> Iterator[Finding]:
    yield from compare(alarm, "Metrics", asked(alarm), queries(watch.metrics, watch.expression), "it would ring always, or never")
    yield from compare(alarm, "ComparisonOperator", alarm.get("ComparisonOperator"), watch.comparison, "it is the wrong way round")
    yield from rings_in_time(alarm, watch.least, watch.most, MINUTES)


def rings_in_time(alarm: Resource, least: float, most: float, minutes: int) -> Iterator[Finding]:
    """Look at threshold, minutes, and what is made of a minute without data."""
    if not least <= alarm.need("Threshold") <= most:
        yield Finding(alarm, f"rings at {alarm.get('Threshold')}, not between {least:g} and {most:g}.")
    if not 2 <= alarm.need("DatapointsToAlarm") <= alarm.need("EvaluationPeriods") <= minutes:
        yield Finding(alarm, f"needs one bad minute alone, or more than it looks at, or than {minutes}.")
    if alarm.get("TreatMissingData") != "notBreaching":
        yield Finding(alarm, "takes missing data for bad, and rings while there is no traffic.")
    if alarm.get("ActionsEnabled") is False:
        yield Finding(alarm, "is switched off.")


def _wanted(deployment: Deployment) -> Iterator[Watch]:
    environment = deployment.environment
    api, stage = deployment.only("AWS::ApiGateway::RestApi"), deployment.only("AWS::ApiGateway::Stage")
    cluster, service = deployment.only("AWS::ECS::Cluster"), deployment.only("AWS::ECS::Service")
    gateway = {"ApiName": api.get("Name"), "Stage": Reference(stage)}
    tasks = {"ClusterName": Reference(cluster), "ServiceName": Reference(service, "Name")}
    instance = {"DBInstanceIdentifier": Reference(deployment.only("AWS::RDS::DBInstance"))}
    alb = of_balancer(deployment, "application")
    latency = environment.monitoring.latency_seconds * 1000
    running, desired = (Metric("ECS/ContainerInsights", f"{which}TaskCount", "Minimum", tasks) for which in ("Running", "Desired"))
    errors = Metric("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", alb)
    size = environment.database.instance_class
    memory, storage = instance_classes.MEMORY_GIB[size] * GIB, environment.database.storage_gb * GIB
    connections = instance_classes.max_connections(size)

    yield Watch((Metric("AWS/ApiGateway", "5XXError", "Sum", gateway),), 2, 20)
    yield Watch((Metric("AWS/ApiGateway", "Latency", "p99", gateway),), latency, latency)
    yield Watch((Metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", alb),), 2, 20)
    if environment.service.night:
        # Asleep, the ALB answers the NLB's health checks with errors.
        yield Watch((errors, desired), 2, 20, expression="IF(FILL(m1, 0) > 0, FILL(m0, 0), 0)")
    else:
        yield Watch((errors,), 2, 20)
    yield Watch(of_tasks(deployment, "UnHealthyHostCount", "Maximum"), 0, 0, expression="SUM([FILL(m0, 0), FILL(m1, 0)])")
    if environment.ingress == "nlb":
        for group in deployment.of("AWS::ElasticLoadBalancingV2::TargetGroup"):
            if group.get("TargetType") == "alb":
                behind = of_group(deployment, "network", group)
                yield Watch((Metric("AWS/NetworkELB", "UnHealthyHostCount", "Maximum", behind),), 0, 0)
    too_few = f"IF(m1 > 0, {environment.service.min_tasks} - FILL(m0, 0), 0)"
    yield Watch((running, desired), 0, 0, expression=too_few)
    yield from (Watch((Metric("AWS/ECS", f"{what}Utilization", "Average", tasks),), 70, 95) for what in ("CPU", "Memory"))
    yield Watch((Metric("AWS/RDS", "CPUUtilization", "Average", instance),), 70, 95)
    yield Watch((Metric("AWS/RDS", "DatabaseConnections", "Average", instance),), connections * 0.5, connections * 0.9)
    yield Watch((Metric("AWS/RDS", "FreeableMemory", "Average", instance),), memory * 0.04, memory * 0.2, BELOW)
    yield Watch((Metric("AWS/RDS", "FreeStorageSpace", "Average", instance),), storage * 0.05, storage * 0.3, BELOW)
