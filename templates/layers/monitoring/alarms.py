"""When to wake somebody up. Both target groups are looked at, since either may be live."""

from typing import Any, NamedTuple

from troposphere import Ref
from troposphere.cloudwatch import Alarm, Metric, MetricDataQuery, MetricDimension, MetricStat
from troposphere.sns import Topic

from templates import instance_classes
from templates.layer import Layer

GIB = 2**30


class Measure(NamedTuple):
    """A metric with the dimensions that pick one series."""

    namespace: str
    name: str
    statistic: str
    dimensions: dict[str, Any]

    def query(self, identifier: str, *, shown: bool) -> MetricDataQuery:
        """The metric, minute by minute, under an identifier that an expression may use."""
        dimensions = [MetricDimension(Name=name, Value=value) for name, value in self.dimensions.items()]
        metric = Metric(Namespace=self.namespace, MetricName=self.name, Dimensions=dimensions)
        return MetricDataQuery(Id=identifier, MetricStat=MetricStat(Metric=metric, Period=60, Stat=self.statistic), ReturnData=shown)


class Rule(NamedTuple):
    """An alarm: a metric, or an expression over some, on the wrong side of a threshold for some of the last minutes."""

    title: str
    description: str
    measures: dict[str, Measure]
    comparison: str
    threshold: float
    expression: str | None = None
    minutes: int = 5
    of_minutes: int = 5


ABOVE = "GreaterThanThreshold"
BELOW = "LessThanThreshold"


def alarms(layer: Layer, topic: Topic) -> None:
    """Add an alarm for each rule; missing data is no alarm, since an environment may sleep."""
    for rule in (*_requests(layer), *_tasks(layer), *_database(layer)):
        queries = [measure.query(name, shown=rule.expression is None) for name, measure in rule.measures.items()]
        if rule.expression:
            queries.append(MetricDataQuery(Id="result", Expression=rule.expression, Label=rule.title, ReturnData=True))
        layer.add(
            Alarm(
                rule.title,
                AlarmDescription=rule.description,
                Metrics=queries,
                ComparisonOperator=rule.comparison,
                Threshold=rule.threshold,
                EvaluationPeriods=rule.of_minutes,
                DatapointsToAlarm=rule.minutes,
                TreatMissingData="notBreaching",
                AlarmActions=[Ref(topic)],
                OKActions=[Ref(topic)],
            ),
            rule.description,
        )


def _requests(layer: Layer) -> list[Rule]:
    gateway = {"ApiName": layer.needs("ApiName"), "Stage": layer.needs("ApiStage")}
    alb = {"LoadBalancer": layer.needs("AlbFullName")}
    slow = layer.environment.monitoring.latency_seconds

    def count(name: str) -> dict[str, Measure]:
        return {"errors": Measure("AWS/ApplicationELB", name, "Sum", alb)}

    def targets(balancer: str, namespace: str, *groups: str) -> dict[str, Measure]:
        return {
            f"group{index}": Measure(
                namespace, "UnHealthyHostCount", "Maximum", {"LoadBalancer": layer.needs(balancer), "TargetGroup": layer.needs(group)}
            )
            for index, group in enumerate(groups)
        }

    both = targets("AlbFullName", "AWS/ApplicationELB", "BlueTargetGroupFullName", "GreenTargetGroupFullName")
    rules = [
        Rule(
            "GatewayErrors",
            "API Gateway answers with server errors",
            {"errors": Measure("AWS/ApiGateway", "5XXError", "Sum", gateway)},
            ABOVE,
            5,
            minutes=3,
        ),
        _balancer_errors(layer, count("HTTPCode_ELB_5XX_Count")),
        Rule("ServiceErrors", "The service answers with server errors", count("HTTPCode_Target_5XX_Count"), ABOVE, 5, minutes=3),
        Rule(
            "Latency",
            f"One request in a hundred takes longer than {slow:g} s",
            {"latency": Measure("AWS/ApiGateway", "Latency", "p99", gateway)},
            ABOVE,
            slow * 1000,
        ),
        Rule("UnhealthyTasks", "A task fails its health check", both, ABOVE, 0, "SUM([FILL(group0, 0), FILL(group1, 0)])"),
    ]
    if layer.environment.ingress == "nlb":
        behind_nlb = targets("NlbFullName", "AWS/NetworkELB", "AlbTargetGroupFullName")
        rules.append(Rule("UnhealthyAlb", "The NLB finds the ALB unhealthy", behind_nlb, ABOVE, 0))
    return rules


def _balancer_errors(layer: Layer, errors: dict[str, Measure]) -> Rule:
    rule = Rule("BalancerErrors", "The ALB answers with server errors of its own", errors, ABOVE, 5, minutes=3)
    if layer.environment.service.night is None:
        return rule
    # Without a task the ALB answers every health check of the NLB with an error: no news while the service sleeps.
    measures = {**errors, "desired": _count(layer, "Desired")}
    return rule._replace(measures=measures, expression="IF(FILL(desired, 0) > 0, FILL(errors, 0), 0)")


def _service(layer: Layer) -> dict[str, Any]:
    return {"ClusterName": layer.needs("ClusterName"), "ServiceName": layer.needs("ServiceName")}


def _count(layer: Layer, which: str) -> Measure:
    return Measure("ECS/ContainerInsights", f"{which}TaskCount", "Minimum", _service(layer))


def _tasks(layer: Layer) -> list[Rule]:
    service = _service(layer)
    minimum = layer.environment.service.min_tasks
    counts = {name.lower(): _count(layer, name) for name in ("Running", "Desired")}
    return [
        Rule(
            "TooFewTasks",
            f"Fewer than {minimum} tasks are running while the service is awake",
            counts,
            ABOVE,
            0,
            f"IF(desired > 0, {minimum} - FILL(running, 0), 0)",
            minutes=10,
            of_minutes=10,
        ),
        Rule("ServiceCpu", "The tasks' CPU is above 85 %", {"cpu": Measure("AWS/ECS", "CPUUtilization", "Average", service)}, ABOVE, 85),
        Rule(
            "ServiceMemory",
            "The tasks' memory is above 85 %",
            {"memory": Measure("AWS/ECS", "MemoryUtilization", "Average", service)},
            ABOVE,
            85,
        ),
    ]


def _database(layer: Layer) -> list[Rule]:
    settings = layer.environment.database
    instance = {"DBInstanceIdentifier": layer.needs("DatabaseInstanceId")}
    memory = instance_classes.MEMORY_GIB[settings.instance_class] * GIB
    connections = instance_classes.max_connections(settings.instance_class)

    def measure(name: str) -> dict[str, Measure]:
        return {"value": Measure("AWS/RDS", name, "Average", instance)}

    return [
        Rule("DatabaseCpu", "The database's CPU is above 80 %", measure("CPUUtilization"), ABOVE, 80, minutes=10, of_minutes=10),
        Rule("DatabaseMemory", "The database has less than 5 % of its memory free", measure("FreeableMemory"), BELOW, int(memory * 0.05)),
        Rule(
            "DatabaseStorage",
            "The database has less than 10 % of its first storage free",
            measure("FreeStorageSpace"),
            BELOW,
            int(settings.storage_gb * GIB * 0.1),
        ),
        Rule(
            "DatabaseConnections",
            "The database has more than 80 % of the connections that it allows",
            measure("DatabaseConnections"),
            ABOVE,
            int(connections * 0.8),
        ),
    ]
