"""Every connection is encrypted as declared: to the gateway, the database and AWS always, under end_to_end every other one too.

Each one's encryption is derived from listeners, target groups, integrations and the database's parameters (ci/model/connections.py).
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.connections import connections
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-in-transit.html"
REMEDY = "Render TLS on that connection, or declare encryption = edge."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each end of each connection, and what the tasks are told, with the settings."""
    end_to_end = deployment.environment.end_to_end
    seen: set[Resource] = set()
    for connection in connections(deployment):
        wanted = connection.always or end_to_end
        name = f"from {connection.source} to {connection.target}"
        if not connection.ends:
            yield Finding(None, f"Nothing says how the connection {name} is encrypted.")
        for where, tls in connection.ends:
            if tls is not wanted and where not in seen:
                seen.add(where)
                does = "leaves" if wanted else "encrypts"
                why = " without TLS, or with an old one" if wanted else ", which nothing behind it expects"
                yield Finding(where, f"{does} the connection {name}{why}.")
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        for index, _ in enumerate(definition.need("ContainerDefinitions")):
            told = definition.pairs("ContainerDefinitions", index, "Environment", key="Name").get("TLS")
            if told != ("on" if end_to_end else "off"):
                yield Finding(definition, f"tells a container TLS = {told}, against encryption = {deployment.environment.encryption}.")
