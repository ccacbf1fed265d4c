"""What alarms ask CloudWatch for, in a form that can be compared: without the identifiers and labels that somebody chose."""

import re
from typing import Any, NamedTuple

from ci.model.deployment import Deployment
from ci.model.entrance import balancer
from ci.model.resource import Reference, Resource

# Functions of metric math are in capitals.
IDENTIFIER = re.compile(r"\b[a-z]\w*")


class Metric(NamedTuple):
    """A metric of each minute, by the dimensions under which AWS publishes it."""

    namespace: str
    name: str
    statistic: str
    dimensions: dict[str, Any]


def queries(metrics: tuple[Metric, ...], expression: str | None = None) -> list[dict[str, Any]]:
    """What an alarm has to ask for; the expression calls the metrics m0, m1 and so on."""
    measured: list[dict[str, Any]] = [
        {
            "Id": f"m{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": metric.namespace,
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": name, "Value": metric.dimensions[name]} for name in sorted(metric.dimensions)],
                },
                "Period": 60,
                "Stat": metric.statistic,
            },
            "ReturnData": expression is None,
        }
        for index, metric in enumerate(metrics)
    ]
    return [*measured, {"Id": f"m{len(metrics)}", "Expression": expression, "ReturnData": True}] if expression else measured


def asked(alarm: Resource) -> list[dict[str, Any]]:
    """What an alarm asks for, in the same form."""
    names = {query["Id"]: f"m{index}" for index, query in enumerate(alarm.need("Metrics")) if IDENTIFIER.fullmatch(query["Id"])}
    return [_renamed(query, names) for query in alarm.need("Metrics")]


def of_tasks(deployment: Deployment, name: str, statistic: str) -> tuple[Metric, ...]:
    """A metric of both target groups, blue and green, either of which may be live."""
    groups = [group for group in deployment.of("AWS::ElasticLoadBalancingV2::TargetGroup") if group.get("TargetType") == "ip"]
    return tuple(Metric("AWS/ApplicationELB", name, statistic, of_group(deployment, "application", group)) for group in groups)


def of_group(deployment: Deployment, kind: str, group: Resource) -> dict[str, Any]:
    """A target group's dimensions behind the balancer of this type."""
    return {**of_balancer(deployment, kind), "TargetGroup": Reference(group, "TargetGroupFullName")}


def of_balancer(deployment: Deployment, kind: str) -> dict[str, Any]:
    """The dimension of the balancer of this type."""
    return {"LoadBalancer": Reference(balancer(deployment, kind), "LoadBalancerFullName")}


def _renamed(query: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    found = {"ReturnData": True, **query, "Id": names.get(query["Id"], query["Id"])}
    found.pop("Label", None)
    if "Expression" in query:
        found["Expression"] = IDENTIFIER.sub(lambda word: names.get(word[0], word[0]), query["Expression"])
    if "MetricStat" in query:
        metric = query["MetricStat"]["Metric"]
        dimensions = sorted(metric.get("Dimensions", []), key=lambda dimension: str(dimension.get("Name")))
        found["MetricStat"] = {**query["MetricStat"], "Metric": {**metric, "Dimensions": dimensions}}
    return found
