"""The database is migrated before the new version answers: an init container of the same image must succeed first.

Elsewhere nobody knows where migrations run (copilot 2992, containers-roadmap 1145). It has no StartTimeout, whose maximum on Fargate is two
minutes: the command has time limits of its own.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html"
REMEDY = "Keep the container that runs migrate_safely, not essential, and let the essential one depend on its SUCCESS."

DATABASE = ("DATABASE_HOST", "DATABASE_NAME", "DATABASE_PORT", "DATABASE_SECRET_ARN")
# What a container that ends by itself must not have.
LIMITS = ("DependsOn", "HealthCheck", "PortMappings", "StartTimeout")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the containers of each task definition."""
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        containers: list[dict[str, Any]] = definition.need("ContainerDefinitions")
        first = [container for container in containers if "migrate_safely" in container.get("Command", [])]
        apps = [container for container in containers if container.get("Essential", True)]
        if len(first) != 1 or len(apps) != 1 or first[0] in apps or len(containers) != 2:
            yield Finding(definition, "does not have one container that migrates and ends, and one that stays.")
            continue
        migrate, app = first[0], apps[0]
        wanted = [{"ContainerName": migrate.get("Name"), "Condition": "SUCCESS"}]
        if app.get("DependsOn") != wanted:
            yield Finding(definition, "starts the service although migrations may have failed, or run still.")
        if limits := [name for name in LIMITS if name in migrate]:
            yield Finding(definition, f"limits migrations by {', '.join(limits)}: they wait for nothing, and end by themselves.")
        if migrate.get("Image") != app.get("Image"):
            yield Finding(definition, "migrates with another image than the one that answers.")
        databases = [{pair["Name"]: pair.get("Value") for pair in container.get("Environment", [])} for container in (migrate, app)]
        if any(databases[0].get(name) != databases[1].get(name) or not databases[0].get(name) for name in DATABASE):
            yield Finding(definition, "migrates another database than the one that the service uses.")
