"""Who may talk to whom. Every security-group rule is generated from this table, and nothing else writes one."""

from typing import NamedTuple

from facts.endpoints import GATEWAYS
from templates.settings import Environment

POSTGRESQL = 5432
HTTPS = 443

# These services have no group: they are reached through a gateway endpoint, by their prefix list.
S3 = "s3"
DYNAMODB = "dynamodb"


class Flow(NamedTuple):
    """Traffic from one group to another, or to the service of a gateway endpoint, on one TCP port."""

    source: str
    target: str
    port: int
    why: str


def flows(environment: Environment) -> list[Flow]:
    """The flows of an environment; what is not here is closed."""
    front = "nlb" if environment.ingress == "nlb" else "vpc_link"
    # The groups of the tasks that run the application's image: the same code, which calls the same.
    tasks = ["service"]
    table = [
        Flow(front, "alb", environment.listener_port, "Requests from the gateway"),
        Flow("alb", "service", environment.container_port, "Requests and health checks"),
    ]
    for task in tasks:
        table.append(Flow(task, "endpoints", HTTPS, "AWS APIs"))
        table.append(Flow(task, S3, HTTPS, "Image layers"))
        if environment.contract.database:
            table.append(Flow(task, "database", POSTGRESQL, "Queries, over TLS"))
    if environment.bastion:
        table.append(Flow("bastion", "endpoints", HTTPS, "Session Manager"))
        if environment.contract.database:
            table.append(Flow("bastion", "database", POSTGRESQL, "Tunnels to the database"))
    return table


def groups(environment: Environment) -> list[str]:
    """The security groups that the flows join."""
    named = dict.fromkeys(name for flow in flows(environment) for name in (flow.source, flow.target))
    return [name for name in named if name not in GATEWAYS]
