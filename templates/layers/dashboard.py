"""The dashboard: every graph that a layer declares, on one page."""

import json
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

from troposphere import Ref, Sub
from troposphere.cloudwatch import Dashboard

from templates.layer import Graph, Layer
from templates.settings import Environment

# Widgets of a third of the page each, in rows of three.
WIDTH, HEIGHT, ACROSS = 8, 6, 3


def dashboard(environment: Environment, graphs: Sequence[Graph]) -> Layer:
    """One page of graphs, and its address as an output. It alone waits for all that it shows."""
    layer = Layer("dashboard", environment, "the graphs of all layers on one page")
    widgets = [_widget(graph, index) for index, graph in enumerate(graphs)]
    dimensions = [value for graph in graphs for *_, found in graph.metrics for value in found.values()]
    shown = {name for value in dimensions for name in re.findall(r"\$\{(\w+)\}", value)}
    values = {name: layer.needs(name) for name in sorted(shown)}
    resource = layer.add(
        Dashboard("Dashboard", DashboardBody=Sub(json.dumps({"widgets": widgets}), values)), "The graphs of all layers on one page"
    )
    address = Sub("https://console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards:name=${name}", name=Ref(resource))
    layer.provides("DashboardUrl", address, "The dashboard", published=True)
    return layer


def _widget(graph: Graph, index: int) -> dict[str, Any]:
    metrics = [[namespace, name, *chain.from_iterable(dimensions.items())] for namespace, name, dimensions in graph.metrics]
    return {
        "type": "metric",
        "x": index % ACROSS * WIDTH,
        "y": index // ACROSS * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": graph.title,
            "region": "${AWS::Region}",
            "stat": graph.statistic,
            "period": 60,
            "view": "timeSeries",
            "metrics": metrics,
        },
    }
