"""The dashboard: requests, errors, tasks and the database on one page."""

import json
from typing import Any

from troposphere import Ref, Sub
from troposphere.cloudwatch import Dashboard

from templates.layer import Layer

# Six widgets of a third of the page each, in rows of three.
WIDTH, HEIGHT, ACROSS = 8, 6, 3


def dashboard(layer: Layer) -> None:
    """One page of graphs, and its address as an output."""
    alb = ["AWS/ApplicationELB", "LoadBalancer", "${AlbFullName}"]
    gateway = ["AWS/ApiGateway", "ApiName", "${ApiName}", "Stage", "${ApiStage}"]
    service = ["AWS/ECS", "ClusterName", "${ClusterName}", "ServiceName", "${ServiceName}"]
    counts = ["ECS/ContainerInsights", *service[1:]]
    database = ["AWS/RDS", "DBInstanceIdentifier", "${DatabaseInstanceId}"]
    graphs = [
        _graph("Requests", "Sum", [_metric(gateway, name) for name in ("Count", "4XXError", "5XXError")]),
        _graph("Latency", "p99", [_metric(gateway, name) for name in ("Latency", "IntegrationLatency")]),
        _graph("Errors behind the gateway", "Sum", [_metric(alb, f"HTTPCode_{who}_5XX_Count") for who in ("ELB", "Target")]),
        _graph("Tasks", "Average", [_metric(counts, name) for name in ("RunningTaskCount", "DesiredTaskCount", "PendingTaskCount")]),
        _graph("Tasks' CPU and memory", "Average", [_metric(service, name) for name in ("CPUUtilization", "MemoryUtilization")]),
        _graph("Database", "Average", [_metric(database, name) for name in ("CPUUtilization", "DatabaseConnections", "ReadLatency")]),
    ]
    for index, graph in enumerate(graphs):
        graph |= {"x": index % ACROSS * WIDTH, "y": index // ACROSS * HEIGHT, "width": WIDTH, "height": HEIGHT}
    names = ("AlbFullName", "ApiName", "ApiStage", "ClusterName", "ServiceName", "DatabaseInstanceId")
    values = {name: layer.needs(name) for name in names}
    resource = layer.add(
        Dashboard("Dashboard", DashboardBody=Sub(json.dumps({"widgets": graphs}), values)),
        "Requests, errors, tasks and the database on one page",
    )
    address = Sub("https://console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards:name=${name}", name=Ref(resource))
    layer.provides("DashboardUrl", address, "The dashboard", published=True)


def _metric(source: list[str], name: str) -> list[str]:
    namespace, *dimensions = source
    return [namespace, name, *dimensions]


def _graph(title: str, statistic: str, metrics: list[list[str]]) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "stat": statistic,
            "period": 60,
            "view": "timeSeries",
            "metrics": metrics,
        },
    }
