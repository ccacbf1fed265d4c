"""Alarms ring at the numbers that the settings give: latency, tasks, memory, storage and connections.

A threshold of another instance class or task count rings always, or never.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding
from templates import instance_classes

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"
REMEDY = "Compute the threshold from the settings in templates/monitoring/alarms.py."

GIB = 2**30


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the thresholds of single metrics with the settings."""
    environment = deployment.environment
    database = environment.database
    memory = instance_classes.MEMORY_GIB[database.instance_class] * GIB
    # From the least to the most at which an alarm on the metric makes sense.
    ranges = {
        "Latency": (environment.monitoring.latency_seconds * 1000,) * 2,
        "FreeableMemory": (memory * 0.04, memory * 0.2),
        "FreeStorageSpace": (database.storage_gb * GIB * 0.05, database.storage_gb * GIB * 0.3),
        "DatabaseConnections": [instance_classes.max_connections(database.instance_class) * share for share in (0.5, 0.9)],
        "CPUUtilization": (70, 95),
        "MemoryUtilization": (70, 95),
        "5XXError": (0, 20),
        "HTTPCode_ELB_5XX_Count": (0, 20),
        "HTTPCode_Target_5XX_Count": (0, 20),
        "UnHealthyHostCount": (0, 0),
    }
    for alarm in deployment.of("AWS::CloudWatch::Alarm"):
        names = [query["MetricStat"]["Metric"]["MetricName"] for query in alarm.need("Metrics") if "MetricStat" in query]
        expressions = " ".join(str(query["Expression"]) for query in alarm.need("Metrics") if "Expression" in query)
        least, most = ranges.get(names[0], (0, 0))
        # Of whole numbers, at or above one is above the one before.
        above = alarm.need("Threshold") - ("OrEqual" in str(alarm.get("ComparisonOperator")))
        if not least <= above <= most:
            yield Finding(alarm, f"rings at {alarm.get('Threshold')}, not between {least:g} and {most:g}.")
        if "RunningTaskCount" in names and f"{environment.service.min_tasks} - FILL(running, 0)" not in expressions:
            yield Finding(alarm, f"does not compare with the {environment.service.min_tasks} tasks of service.min_tasks.")
