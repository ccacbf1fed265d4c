"""The database is migrated before a new version takes requests: an init container of the same image must succeed first.

Elsewhere nobody knows where migrations run (copilot 2992, containers-roadmap 1145). It has no StartTimeout, whose maximum on Fargate is two
minutes: the command has time limits of its own.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.tasks import is_own, registrations, told
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html"
REMEDY = "Next: keep the container with the contract's migrate command, not essential, and let the one that answers depend on its SUCCESS."

# What a container that ends by itself must not have.
LIMITS = ("DependsOn", "HealthCheck", "PortMappings", "StartTimeout")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each task of the service's image that takes requests."""
    database = deployment.environment.contract.database
    for _, _, definition, app, _ in registrations(deployment):
        if database is None or app is None or not is_own(deployment, app):
            continue
        every = definition.need("ContainerDefinitions")
        first = [container for container in every if tuple(container.get("Command") or ()) == database.migrate]
        if len(first) != 1 or first[0] is app or first[0].get("Essential", True):
            yield Finding(definition, "does not have one container that migrates and ends, beside the one that answers.")
            continue
        migrate = first[0]
        if {"ContainerName": migrate.get("Name"), "Condition": "SUCCESS"} not in app.get("DependsOn", []):
            yield Finding(definition, "starts the service although migrations may have failed, or run still.")
        if limits := [name for name in LIMITS if name in migrate]:
            yield Finding(definition, f"limits migrations by {', '.join(limits)}: they wait for nothing, and end by themselves.")
        if migrate.get("Image") != app.get("Image"):
            yield Finding(definition, "migrates with another image than the one that answers.")
        if any(told(migrate).get(name) != told(app).get(name) for name in deployment.environment.contract.variables.required):
            yield Finding(definition, "migrates another database than the one that the service uses.")
