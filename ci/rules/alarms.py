"""Alarms watch what exists, by the metrics that AWS publishes, ring at a number that can be reached, and tell the topic.

An alarm on a dimension that matches nothing stays silent for ever.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference, Resource
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"
REMEDY = "Correct templates/monitoring/alarms.py."

BALANCER, GROUP = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup"
# For each dimension, the type and attribute that its value must be; ApiName is a name.
DIMENSIONS = {
    "ClusterName": ("AWS::ECS::Cluster", "Ref"),
    "DBInstanceIdentifier": ("AWS::RDS::DBInstance", "Ref"),
    "LoadBalancer": (BALANCER, "LoadBalancerFullName"),
    "ServiceName": ("AWS::ECS::Service", "Name"),
    "Stage": ("AWS::ApiGateway::Stage", "Ref"),
    "TargetGroup": (GROUP, "TargetGroupFullName"),
}
# What must be watched: namespace and metric, with the dimensions by which AWS publishes it.
GATEWAY, SERVICE, INSTANCE = ("ApiName", "Stage"), ("ClusterName", "ServiceName"), ("DBInstanceIdentifier",)
METRICS = {
    ("AWS/ApiGateway", "5XXError"): GATEWAY,
    ("AWS/ApiGateway", "Latency"): GATEWAY,
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): ("LoadBalancer",),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): ("LoadBalancer",),
    ("AWS/ApplicationELB", "UnHealthyHostCount"): ("LoadBalancer", "TargetGroup"),
    ("AWS/ECS", "CPUUtilization"): SERVICE,
    ("AWS/ECS", "MemoryUtilization"): SERVICE,
    ("AWS/RDS", "CPUUtilization"): INSTANCE,
    ("AWS/RDS", "DatabaseConnections"): INSTANCE,
    ("AWS/RDS", "FreeStorageSpace"): INSTANCE,
    ("AWS/RDS", "FreeableMemory"): INSTANCE,
    ("ECS/ContainerInsights", "DesiredTaskCount"): SERVICE,
    ("ECS/ContainerInsights", "RunningTaskCount"): SERVICE,
}
BY_NLB = {("AWS/NetworkELB", "UnHealthyHostCount"): ("LoadBalancer", "TargetGroup")}
# Of target groups also by both, for the alarms that call a deployment off.
ALSO = {("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): ("LoadBalancer", "TargetGroup")}
STATISTICS = ("Average", "Maximum", "Minimum", "Sum", "p99")
# Functions of metric math are in capitals.

WORD = re.compile(r"[a-z]\w*")
LOW = ("FreeStorageSpace", "FreeableMemory")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each alarm, then at what none of them watches."""
    wanted = METRICS | (BY_NLB if deployment.environment.ingress == "nlb" else {})
    watched = set()
    rollback = {
        alarm
        for service in deployment.of("AWS::ECS::Service")
        for alarm in service.targets("DeploymentConfiguration", "Alarms", "AlarmNames")
    }
    topics = [Reference(topic) for topic in deployment.of("AWS::SNS::Topic")]
    for alarm in deployment.of("AWS::CloudWatch::Alarm"):
        metrics = [query["MetricStat"] for query in alarm.need("Metrics") if "MetricStat" in query]
        for metric in metrics:
            name = (metric["Metric"].get("Namespace"), metric["Metric"].get("MetricName"))
            if alarm not in rollback:
                watched.add(name)
            yield from (Finding(alarm, problem) for problem in _dimensions(deployment, name, metric["Metric"].get("Dimensions", [])))
            if metric.get("Period") != 60 or metric.get("Stat") not in STATISTICS:
                yield Finding(alarm, "does not look at each minute, or by a statistic that there is none.")
        yield from (Finding(alarm, problem) for problem in _arithmetic(alarm, metrics))
        if alarm not in rollback and not (alarm.get("AlarmActions") == alarm.get("OKActions") == topics and topics):
            yield Finding(alarm, "tells nobody when it rings, or when it is over.")
        if alarm.get("ActionsEnabled") is False:
            yield Finding(alarm, "is switched off.")
    for unwatched in sorted(wanted.keys() - watched):
        yield Finding(None, f"No alarm watches {' '.join(unwatched)}.")


def _dimensions(deployment: Deployment, name: tuple[Any, Any], dimensions: list[dict[str, Any]]) -> Iterator[str]:
    given = {dimension.get("Name"): dimension.get("Value") for dimension in dimensions}
    known = {tuple(sorted(table[name])) for table in (METRICS, BY_NLB, ALSO) if name in table}
    if tuple(sorted(map(str, given))) not in known:
        yield f"watches {name[0]} {name[1]} by {', '.join(map(str, given))}, as AWS does not publish it."
    apis = [api.get("Name") for api in deployment.of("AWS::ApiGateway::RestApi")]
    for dimension, value in given.items():
        kind, attribute = DIMENSIONS.get(str(dimension), ("", ""))
        if dimension == "ApiName" and value not in apis:
            yield f"watches an API named {value}, which is none of these."
        elif kind and not (isinstance(value, Reference) and value.resource.type == kind and value.attribute == attribute):
            yield f"watches {dimension} = {value}, which is no {kind} of these templates."
    balancer, group = given.get("LoadBalancer"), given.get("TargetGroup")
    network = name[0] == "AWS/NetworkELB"
    if isinstance(balancer, Reference) and (balancer.resource.get("Type") == "network") is not network:
        yield f"watches {balancer.resource.label} by {name[0]}."
    if isinstance(group, Reference) and (group.resource.get("TargetType") == "alb") is not network:
        yield f"watches {group.resource.label} by {name[0]}."


def _arithmetic(alarm: Resource, metrics: list[dict[str, Any]]) -> Iterator[str]:
    """Threshold, periods, and the expression over all metrics."""
    queries = alarm.need("Metrics")
    if not all(WORD.fullmatch(str(query.get("Id"))) for query in queries):
        yield "has a metric without an identifier."
    if not all(("MetricStat" in query) != ("Expression" in query) for query in queries):
        yield "has a metric that is neither measured nor computed."
    shown = [query for query in queries if query.get("ReturnData", True)]
    if len(shown) != 1:
        yield "has not one result to compare."
    elif "Expression" in shown[0]:
        expression = str(shown[0]["Expression"])
        if unknown := set(WORD.findall(expression)) - {str(query.get("Id")) for query in queries}:
            yield f"compares {', '.join(sorted(unknown))}, which is none of its metrics."
        if unused := [query["Id"] for query in queries if "MetricStat" in query and str(query.get("Id")) not in expression]:
            yield f"does not look at {', '.join(unused)} in its expression."
    elif len(metrics) > 1:
        yield "looks at one of its metrics alone."
    below = any(metric["Metric"].get("MetricName") in LOW for metric in metrics)
    comparison = str(alarm.get("ComparisonOperator"))
    if comparison.startswith("LessThan") is not below or not comparison.endswith("Threshold"):
        yield f"compares by {comparison}, the wrong way round."
    if (
        alarm.get("Threshold") is None
        or not 1 <= alarm.get("DatapointsToAlarm", default=0) <= alarm.get("EvaluationPeriods", default=0) <= 30
    ):
        yield "has no threshold, or needs more bad minutes than it looks at."
    if alarm.get("TreatMissingData") != "notBreaching":
        yield "takes missing data for bad, and would ring whenever the service sleeps."
