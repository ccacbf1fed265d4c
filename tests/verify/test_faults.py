"""Faults that every other gate lets pass, each found by the rule that is about it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.deployments import objections, rendered, settings

METRICS = "Metrics"


class Fault(NamedTuple):
    """A value put at a path below a template's resources, or what a function makes of the one that is there."""

    rule: str
    template: str
    path: tuple[str | int, ...]
    value: Any
    environment: str = "prod"

    def __str__(self) -> str:
        return f"{self.template} {'.'.join(map(str, self.path))} {'' if callable(self.value) else self.value}"


def of(title: str, *path: str | int) -> tuple[str | int, ...]:
    """A path in a resource's properties."""
    return ("Resources", title, "Properties", *path)


def replaced(old: str, new: str) -> Callable[[str], str]:
    """The text with a part exchanged."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def more(item: Any) -> Callable[[Any], Any]:
    """The list or dictionary with more in it."""
    return lambda there: [*there, item] if isinstance(there, list) else {**there, **item}


def variable(name: str, value: str) -> Callable[[Any], Any]:
    return more({"Name": name, "Value": value})


def stat(title: str, index: int) -> tuple[str | int, ...]:
    return of(title, METRICS, index, "MetricStat", "Stat")


APP = of("TaskDefinition", "ContainerDefinitions", 1)
SCHEDULE = of("ScalableTarget", "ScheduledActions")
LOG_FILTER = of("WafLogging", "LoggingFilter", "Filters")
URI = of("BooksGet", "Integration", "Uri", "Fn::Sub", 0)
LIFECYCLE = of("Repository", "LifecyclePolicy", "LifecyclePolicyText")
DROP = {"Behavior": "DROP", "Requirement": "MEETS_ANY", "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}]}

ALARMS = [
    Fault("rollback-alarms", "service", stat("RollbackErrors", 0), "Average"),
    Fault("rollback-alarms", "service", of("RollbackUnhealthy", METRICS, 2, "Expression"), replaced("SUM", "MIN")),
    Fault("rollback-alarms", "service", of("RollbackErrors", METRICS, 2, "Expression"), "blue * green"),
    Fault("rollback-alarms", "service", of("RollbackErrors"), more({"EvaluationPeriods": 30, "DatapointsToAlarm": 30})),
    Fault("alarms", "monitoring", stat("GatewayErrors", 0), "Average"),
    Fault("alarms", "monitoring", stat("Latency", 0), "Minimum"),
    Fault("alarms", "monitoring", of("Latency", METRICS, 0, "MetricStat", "Unit"), "Bytes"),
    Fault("alarms", "monitoring", of("TooFewTasks", METRICS, 2, "Expression"), replaced("> 0", "< 0")),
    Fault("alarms", "monitoring", of("BalancerErrors", METRICS, 2, "Expression"), replaced("> 0", "< 0"), "dev"),
    Fault("waf-log", "api", LOG_FILTER, more(DROP)),
]
TASKS = [
    *(
        Fault("service-variables", "service", (*APP, "Environment"), variable(name, value))
        for name, value in {
            "DATABASE_CA_FILE": "/nowhere.pem",
            "AWS_ENDPOINT_URL": "http://example.org",
            "GUNICORN_CMD_ARGS": "--workers=100",
            "DJANGO_SETTINGS_MODULE": "other.settings",
            "DATABASE_PASSWORD": "plain",
            "PORT": "8080",
        }.items()
    ),
    Fault("failing-deployment", "service", (*APP, "HealthCheck"), more({"Interval": 4, "Timeout": 2})),
    Fault("failing-deployment", "service", (*APP, "HealthCheck"), more({"Interval": 5, "Retries": 11, "Timeout": 4})),
    Fault("known-properties", "service", (*APP, "MountPoints", 0, "ReadOnly"), True),
    Fault("migrations", "service", of("TaskDefinition", "ContainerDefinitions"), more({"Name": "other", "Essential": False})),
    Fault("container-limits", "service", (*APP, "MountPoints"), more({"SourceVolume": "tmp", "ContainerPath": "/app"})),
    Fault("container-limits", "service", (*APP, "LogConfiguration", "Options", "max-buffer-size"), "1k"),
    Fault("capacity", "service", of("Cluster", "ClusterSettings"), more({"Name": "other", "Value": "on"})),
    Fault("kept", "service", ("Resources", "AppLogGroup", "DeletionPolicy"), "Retain"),
    Fault("task-count", "service", (*SCHEDULE, 0, "Schedule"), "rate(365 days)"),
    Fault("task-count", "service", (*SCHEDULE, 0, "Schedule"), "cron(0 99 * * ? *)"),
    Fault(
        "task-count",
        "service",
        SCHEDULE,
        lambda two: [{**two[0], "Schedule": two[1]["Schedule"]}, {**two[1], "Schedule": two[0]["Schedule"]}],
        "dev",
    ),
    Fault("task-count", "service", (*SCHEDULE, 1, "ScheduledActionName"), "wake", "dev"),
    Fault("scaling", "service", of("ScaleByCpu", "PolicyName"), "memory-target"),
    Fault("health-checks", "load_balancing", of("AlbTargetGroup", "HealthCheckTimeoutSeconds"), 120),
]
API = [
    Fault("api-methods", "api", URI, "http://${host}:8080/books"),
    Fault("api-methods", "api", URI, "http://${host}.internal/books"),
    Fault("published", "api", ("Outputs", "ApiUrl", "Value", "Fn::Sub", 1, "host", "Fn::Sub"), replaced("/prod", "/stage")),
    Fault("published", "monitoring", ("Outputs", "DashboardUrl", "Value", "Fn::Sub", 0), replaced("name=", "names=")),
    Fault("published", "api", ("Outputs", "SignInUrl", "Value", "Fn::Sub", 0), replaced(".auth.", ".login.")),
    Fault("api-waf", "api", of("WebAcl", "Rules", 1, "Action"), {"Allow": {}}),
    Fault("api-waf", "api", of("WebAcl", "Rules", 1, "Statement", "ManagedRuleGroupStatement", "Version"), "Version_1.0"),
    Fault("api-stage", "api", of("Stage", "AccessLogSetting", "Format"), replaced("{", '{"key": "$context.identity.apiKey", ')),
    Fault("editors", "api", of("EditorClient", "IdTokenValidity"), 1),
    Fault("editors", "api", of("EditorClient", "AccessTokenValidity"), 4),
]
WIRING = [
    Fault("failing-deployment", "root", of("Database", "TimeoutInMinutes"), 5),
    Fault("failing-deployment", "root", of("Api", "TimeoutInMinutes"), 3),
    Fault("parameters", "service", ("Parameters", "DatabaseHost", "AllowedPattern"), "[0-9.]+"),
    Fault("parameters", "service", ("Parameters", "ImageDigest", "AllowedPattern"), "sha256:[0-9a-f]{40}"),
    Fault("parameters", "monitoring", ("Parameters", "ApiStage", "AllowedValues"), ["dev"]),
    Fault("parameters", "service", ("Parameters", "EntranceHost", "MaxLength"), 10),
    Fault("parameters", "service", ("Parameters", "EntranceHost", "Type"), "Number"),
    Fault("parameters", "root", ("Parameters", "ImageDigest", "AllowedPattern"), ".*"),
    Fault("parameters", "root", ("Parameters", "ImageDigest", "Default"), "sha256:" + 64 * "0"),
    Fault("parameters", "bootstrap", ("Parameters",), {"Any": {"Type": "String"}}),
]
DATA = [
    Fault("database-kept", "database", of("Instance", "PreferredBackupWindow"), "03:00-03:45"),
    Fault("database-kept", "database", of("Instance", "PreferredBackupWindow"), "02:00-02:15"),
    Fault("database-kept", "database", of("Instance", "PreferredMaintenanceWindow"), "sun:23:30-mon:02:30"),
    Fault("database-kept", "database", of("Instance", "PreferredMaintenanceWindow"), "sun:03:30-sun:03:45"),
    Fault("database-kept", "database", of("Instance", "PreferredMaintenanceWindow"), "sun:03:30-sat:04:30"),
    Fault("at-rest", "bastion", of("Instance", "BlockDeviceMappings"), more({"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 8}}), "dev"),
    *(
        Fault("database-access", "database", of("Parameters", "Parameters"), more({name: value}))
        for name, value in {
            "max_connections": "5",
            "ssl_min_protocol_version": "TLSv1",
            "log_statement": "all",
            "rds.forcessl": "1",
        }.items()
    ),
    Fault("registry", "bootstrap", LIFECYCLE, replaced(', "action": {"type": "expire"}', "")),
    Fault("registry", "bootstrap", LIFECYCLE, replaced('"days"', '"weeks"')),
    Fault("log-groups", "load_balancing", of("AccessLogs", "LifecycleConfiguration", "Rules", 0, "Prefix"), "old/"),
    Fault("log-groups", "bootstrap", of("Artifacts", "LifecycleConfiguration", "Rules", 0, "Prefix"), "old/"),
]

# The container that migrates, and the logs of both.
CONTAINERS = [
    *(
        Fault("migrations", "service", of("TaskDefinition", "ContainerDefinitions", 0), more({name: value}))
        for name, value in {
            "DependsOn": [{"ContainerName": "app", "Condition": "START"}],
            "HealthCheck": {"Command": ["CMD", "true"]},
            "PortMappings": [{"ContainerPort": 8081}],
            "StartTimeout": 120,
        }.items()
    ),
    *(
        Fault("container-limits", "service", of("TaskDefinition", "ContainerDefinitions", 1, "LogConfiguration", "Options"), more(buffer))
        for buffer in ({"max-buffer-size": "0m"}, {"max-buffer-size": "5000m"})
    ),
    Fault("balancer-attributes", "load_balancing", of("Alb", "LoadBalancerAttributes"), lambda there: [{**there[0], "Value": "x"}, *there]),
    Fault("limits", "bootstrap", of("ExecutionPolicy1", "PolicyDocument", "Statement"), lambda there: there * 4),
    Fault("limits", "service", of("TaskRole", "AssumeRolePolicyDocument", "Statement"), lambda there: there * 10),
]


@pytest.mark.parametrize("fault", [*ALARMS, *TASKS, *API, *WIRING, *DATA, *CONTAINERS], ids=str)
def test_it_is_found(fault: Fault) -> None:
    templates = rendered(fault.environment)
    node = templates[fault.template]
    for step in fault.path[:-1]:
        node = node[step]
    last: Any = fault.path[-1]
    node[last] = fault.value(node[last]) if callable(fault.value) else fault.value
    assert objections(fault.rule, templates, settings(fault.environment))
