"""The alarms that call a deployment off have known names, watch both target groups, and wait for no service.

A preflight finds them by name before a deployment begins, since ECS does not watch an alarm that rings already; an alarm that refers to the
service would be a circle (copilot 4294).
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.values import references
from ci.rules import Finding
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html"
REMEDY = "Take the names from templates/names.py, and a metric of each target group with missing data as no alarm."

METRICS = {"HTTPCode_Target_5XX_Count", "UnHealthyHostCount"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each alarm that the service names."""
    wanted = set(names.rollback_alarms(deployment.environment))
    groups = {group for group in deployment.of("AWS::ElasticLoadBalancingV2::TargetGroup") if group.get("TargetType") == "ip"}
    for service in deployment.of("AWS::ECS::Service"):
        alarms = service.targets("DeploymentConfiguration", "Alarms", "AlarmNames")
        if {alarm.get("AlarmName") for alarm in alarms} != wanted:
            yield Finding(service, f"does not name the alarms {', '.join(sorted(wanted))}.")
        if {metric for alarm in alarms for metric in _metrics(alarm.get("Metrics", default=[]))} != METRICS:
            yield Finding(service, f"is not watched by alarms on {' and '.join(sorted(METRICS))}.")
        for alarm in alarms:
            if not groups <= {reference.resource for reference in references(alarm.get("Metrics"))}:
                yield Finding(alarm, "does not watch both target groups, either of which may be live.")
            if alarm.get("TreatMissingData") != "notBreaching":
                yield Finding(alarm, "rings while there is no traffic, and would not be watched then.")


def _metrics(queries: list[dict[str, dict[str, dict[str, str]]]]) -> list[str]:
    return [query["MetricStat"]["Metric"]["MetricName"] for query in queries if "MetricStat" in query]
