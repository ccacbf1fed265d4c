"""The alarms that call a deployment off have known names, watch both target groups, and ring within minutes.

A preflight finds them by name before a deployment begins, since ECS does not watch an alarm that rings already; an alarm that refers to the
service would be a circle (copilot 4294).
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.metrics import asked, of_tasks, queries
from ci.rules import Finding, compare
from ci.rules.alarms import rings_in_time
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html"
REMEDY = "Take the names from templates/names.py, and a metric of each target group with missing data as no alarm."

# By the alarm that is for it: the statistic, and from the least to the most at which a deployment is called off.
METRICS = {"HTTPCode_Target_5XX_Count": ("Sum", 5, 20), "UnHealthyHostCount": ("Maximum", 1, 1)}
MINUTES = 3


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each alarm with what it is for; the service names these, and there are no others of a name."""
    wanted = dict(zip(names.rollback_alarms(deployment.environment), METRICS.items(), strict=True))
    named = [alarm for alarm in deployment.of("AWS::CloudWatch::Alarm") if alarm.get("AlarmName") is not None]
    for service in deployment.of("AWS::ECS::Service"):
        alarms = service.targets("DeploymentConfiguration", "Alarms", "AlarmNames")
        if sorted(str(alarm.get("AlarmName")) for alarm in alarms) != sorted(wanted) or set(alarms) != set(named):
            yield Finding(service, f"does not name the alarms {', '.join(sorted(wanted))}.")
    for alarm in named:
        metric, (statistic, least, most) = wanted[alarm.get("AlarmName")]
        expected = queries(of_tasks(deployment, metric, statistic), "SUM([FILL(m0, 0), FILL(m1, 0)])")
        yield from compare(alarm, "Metrics", asked(alarm), expected, "it adds up both target groups, either of which may be live")
        above, found = "GreaterThanOrEqualToThreshold", alarm.get("ComparisonOperator")
        yield from compare(alarm, "ComparisonOperator", found, above, "it would call off each deployment, or none")
        yield from rings_in_time(alarm, least, most, MINUTES)
