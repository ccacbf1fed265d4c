"""Tasks run on Fargate, on Spot by the settings' share alone, and in production never fewer than the minimum on Spot's mercy.

Spot tasks can all be taken away at once.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html"
REMEDY = "Change service.spot_percent in environments/."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the capacity providers with the settings, and with the cluster's."""
    settings = deployment.environment.service
    wanted = {
        name: weight for name, weight in (("FARGATE", 100 - settings.spot_percent), ("FARGATE_SPOT", settings.spot_percent)) if weight
    }
    for service in deployment.of("AWS::ECS::Service"):
        items = service.need("CapacityProviderStrategy")
        if {item.get("CapacityProvider"): item.get("Weight") for item in items} != wanted or service.get("LaunchType"):
            yield Finding(service, f"does not spread its tasks as the settings say: {wanted}.")
        if not wanted.keys() <= set(service.target("Cluster").get("CapacityProviders", default=[])):
            yield Finding(service.target("Cluster"), "does not have the capacity providers that the service uses.")
        base = {item.get("CapacityProvider"): item["Base"] for item in items if "Base" in item}
        needed = settings.spot_percent and deployment.environment.production
        if base != ({"FARGATE": settings.min_tasks} if needed else {}):
            yield Finding(service, "does not keep just the settings' minimum off Spot.")
        if service.get("PlatformVersion", default="LATEST") != "LATEST":
            yield Finding(service, "is held at an old version of Fargate, which gets no security fixes.")
    for cluster in deployment.of("AWS::ECS::Cluster"):
        if unknown := set(cluster.get("CapacityProviders", default=[])) - {"FARGATE", "FARGATE_SPOT"}:
            yield Finding(cluster, f"has the capacity providers {', '.join(sorted(unknown))}, which are not Fargate's.")
        if cluster.get("ClusterSettings") != [{"Name": "containerInsights", "Value": "enabled"}]:
            yield Finding(cluster, "has no Container Insights, whose task counts the alarms watch, or other settings.")
