"""Faults that every other gate lets pass, each found by the rule that is about it."""

import pytest

from tests.verify.faults import Fault, more, of, replaced

METRICS = "Metrics"


def stat(title: str, index: int) -> tuple[str | int, ...]:
    return of(title, METRICS, index, "MetricStat", "Stat")


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
    Fault(
        "failing-deployment", "service", of("TaskDefinition", "ContainerDefinitions", 1, "HealthCheck"), more({"Interval": 4, "Timeout": 2})
    ),
    Fault(
        "failing-deployment",
        "service",
        of("TaskDefinition", "ContainerDefinitions", 1, "HealthCheck"),
        more({"Interval": 5, "Retries": 11, "Timeout": 4}),
    ),
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
]
DATA = [
    Fault("registry", "bootstrap", LIFECYCLE, replaced(', "action": {"type": "expire"}', "")),
    Fault("registry", "bootstrap", LIFECYCLE, replaced('"days"', '"weeks"')),
    Fault("log-groups", "load_balancing", of("AccessLogs", "LifecycleConfiguration", "Rules", 0, "Prefix"), "old/"),
    Fault("log-groups", "bootstrap", of("Artifacts", "LifecycleConfiguration", "Rules", 0, "Prefix"), "old/"),
]


@pytest.mark.parametrize("fault", [*ALARMS, *TASKS, *API, *WIRING, *DATA], ids=str)
def test_it_is_found(fault: Fault) -> None:
    assert fault.found()
