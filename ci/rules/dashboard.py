"""The dashboard's graphs show the resources of this environment, by the dimensions that AWS publishes.

A graph of a dimension that matches nothing is an empty graph.
"""

import json
from collections.abc import Iterator

from ci.model import Deployment, Reference, Text
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
REMEDY = "Correct templates/layers/monitoring/dashboard.py."

# For each dimension, the type and attribute that its value must be; ApiName is a name.
DIMENSIONS = {
    "ClusterName": ("AWS::ECS::Cluster", "Ref"),
    "DBInstanceIdentifier": ("AWS::RDS::DBInstance", "Ref"),
    "LoadBalancer": ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName"),
    "ServiceName": ("AWS::ECS::Service", "Name"),
    "TargetGroup": ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName"),
    "Stage": ("AWS::ApiGateway::Stage", "Ref"),
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Read the body, each reference in it as its label, and look up what each dimension names."""
    for board in deployment.of("AWS::CloudWatch::Dashboard"):
        body = board.need("DashboardBody")
        parts = body.parts if isinstance(body, Text) else (body,)
        known = {str(part): part for part in parts if isinstance(part, Reference)}
        try:
            widgets = json.loads("".join(map(str, parts)))["widgets"]
        except ValueError:
            yield Finding(board, "has a body that is no JSON.")
            continue
        if not widgets:
            yield Finding(board, "shows nothing.")
        for metric in (metric for widget in widgets for metric in widget["properties"]["metrics"]):
            for name, value in zip(metric[2::2], metric[3::2], strict=True):
                kind, attribute = DIMENSIONS.get(name, ("", ""))
                reference = known.get(value)
                if kind and (reference is None or (reference.resource.type, reference.attribute) != (kind, attribute)):
                    yield Finding(board, f"shows {metric[1]} of {name} = {value}, which is no {kind} of these templates.")
                if not kind and value not in [api.get("Name") for api in deployment.of("AWS::ApiGateway::RestApi")]:
                    yield Finding(board, f"shows {metric[1]} of {name} = {value}, which is not the API's name.")
