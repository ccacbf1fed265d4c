"""Alarms and the dashboard ask for metrics that AWS publishes of these resources; an alarm can ring, can be silent, and notifies somebody.

An alarm on a metric that nobody publishes, by another resource's dimension or with a threshold that is never passed stays silent, whatever
happens.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from ci.model import Deployment, Reference, Resource, Text
from ci.model.metrics import HIGH, Asked, Unknown, asked, published, rings
from ci.model.values import text
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"
REMEDY = "Declare it with Layer.alarm and measures.measure, which read facts/ (Metrics): what AWS publishes of a type."

SUMS = ("SampleCount", "Sum")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
LONGEST, DAY = 7 * 86400, 86400
# Of more metrics than this, some combinations of high and low will do.
COMBINATIONS = 256


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each alarm, then at each graph."""
    for alarm in deployment.of("AWS::CloudWatch::Alarm"):
        metrics = asked(alarm)
        yield from (Finding(alarm, f"watches {wrong}.") for metric in metrics if (wrong := published(deployment, metric)[1]))
        yield from (Finding(alarm, end) for end in _evaluates(alarm, metrics))
        yield from (Finding(alarm, end) for end in _rings(deployment, alarm, metrics))
        if not _heard(deployment, alarm):
            yield Finding(alarm, "notifies nobody: it has no action, and no event rule listens to it.")
    for board in deployment.of("AWS::CloudWatch::Dashboard"):
        yield from (Finding(board, end) for end in _graphs(deployment, board))


def _evaluates(alarm: Resource, metrics: list[Asked]) -> Iterator[str]:
    periods = int(alarm.get("EvaluationPeriods", default=1))
    if not 1 <= int(alarm.get("DatapointsToAlarm", default=periods)) <= periods:
        yield "has DatapointsToAlarm above its EvaluationPeriods, or 0: CloudWatch refuses it."
    longest = max((metric.period for metric in metrics), default=60)
    if periods * longest > (LONGEST if longest >= 3600 else DAY):
        yield "looks back for longer than CloudWatch does."
    if not metrics:
        yield "watches nothing."
    shown = [query for query in alarm.get("Metrics", default=[]) if query.get("ReturnData", True)]
    if alarm.get("MetricName") is None and len(shown) != 1:
        yield f"has {len(shown)} results to compare with its threshold; CloudWatch takes one."
    if not alarm.get("ComparisonOperator") or any(
        not query.keys() & {"Expression", "MetricStat"} for query in alarm.get("Metrics", default=[])
    ):
        yield "compares nothing: it lacks its ComparisonOperator, or an Expression or MetricStat."
    if alarm.get("Threshold") is None and alarm.get("ThresholdMetricId") is None:
        yield "has no Threshold."
    for metric in metrics:
        if metric.namespace.startswith("AWS/") and metric.period % 60:
            yield f"looks at {metric.name} every {metric.period} s, and AWS publishes it by the minute."
    if alarm.get("ActionsEnabled", default=True) is not True:
        yield "is switched off."
    for metric in metrics:
        if metric.unit is not None:
            yield f"asks for {metric.name} in {metric.unit}: of a metric in another unit CloudWatch finds nothing."


def _rings(deployment: Deployment, alarm: Resource, metrics: list[Asked]) -> Iterator[str]:
    values = [(0.0, highest(deployment, metric)) for metric in metrics]
    try:
        found = {
            rings(alarm, dict(zip([metric.id for metric in metrics], each, strict=True))) for each in islice(product(*values), COMBINATIONS)
        }
    except Unknown:
        return
    extreme = {"GreaterThanThreshold": "Minimum", "LessThanThreshold": "Maximum"}.get(alarm.get("ComparisonOperator"))
    if len(metrics) == 1 and metrics[0].statistic == extreme:
        yield f"looks at the {extreme} of {metrics[0].name}: it rings only when nothing at all is on the right side."
    # How much of something is used: the less the better.
    if len(metrics) == 1 and metrics[0].name.endswith("Utilization") and rings(alarm, {metrics[0].id: 0.0}):
        yield f"rings while {metrics[0].name} is 0: its Threshold of {alarm.get('Threshold')} is passed from above."
    if found == {False}:
        yield f"never rings at its Threshold of {alarm.get('Threshold')}, however high or low what it watches is."
    elif found == {True}:
        yield f"always rings at its Threshold of {alarm.get('Threshold')}, however high or low what it watches is."


def highest(deployment: Deployment, metric: Asked) -> float:
    """The highest value that a metric can have."""
    known, _ = published(deployment, metric)
    if known and metric.name in known.percentages:
        return 100.0
    # Each occurrence is a 1, so that any statistic but the sum stays there.
    return 1.0 if known and metric.name in known.counts and metric.statistic not in SUMS else HIGH


def _heard(deployment: Deployment, alarm: Resource) -> bool:
    name = alarm.get("AlarmName")
    kinds = {kind for delivery in alarm.facts.deliveries for kind in delivery.actions}
    # An ARN can be of anything that takes alarms, here a reference of the types that the facts know.
    acts = [each for each in alarm.get("AlarmActions", default=[]) if not isinstance(each, Reference) or each.resource.type in kinds]
    return bool(acts) or any(
        value == Reference(alarm) or (value == name and name is not None)
        for rule in deployment.of("AWS::Events::Rule")
        for value in rule.values("EventPattern.detail.alarmName")
    )


def _graphs(deployment: Deployment, board: Resource) -> Iterator[str]:
    body = board.need("DashboardBody")
    parts = body.parts if isinstance(body, Text) else (body,)
    known = {str(part): part for part in parts if isinstance(part, Reference)}
    try:
        widgets = json.loads("".join(map(str, parts)))["widgets"]
    except (ValueError, KeyError):
        yield "has a body that is not JSON with widgets."
        return
    for widget in widgets:
        for metric in widget.get("properties", {}).get("metrics", []):
            # What follows the dimensions is how they are drawn.
            namespace, name, *rest = [each for each in metric if isinstance(each, str)]
            dimensions = {key: _read(value, known) for key, value in zip(rest[::2], rest[1::2], strict=True)}
            if wrong := published(deployment, Asked(namespace, name, dimensions))[1]:
                yield f"shows {wrong}."


def _read(value: str, known: Mapping[str, Reference]) -> Any:
    """A text of the dashboard's body with the reference that is in it, such as a cache's nodes are called by."""
    for shown, reference in known.items():
        before, found, behind = value.partition(shown)
        if found:
            return text([before, reference, behind])
    return value
