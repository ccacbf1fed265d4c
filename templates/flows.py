"""Who may talk to whom. Every security-group rule is generated from this table, and nothing else writes one."""

from typing import NamedTuple

from templates.settings import Environment

POSTGRESQL = 5432
HTTPS = 443

# Each security group, and what stands in it.
GROUPS = {
    "vpc_link": "VPC link v2: the way of the gateway into the network",
    "nlb": "NLB: takes what comes through PrivateLink, on which no inbound rule is enforced",
    "alb": "ALB: takes what comes in and spreads it over the tasks",
    "service": "Fargate tasks",
    "database": "RDS: answers and never calls",
    "endpoints": "Interface endpoints: the AWS services inside the network",
    "bastion": "Bastion: reached through Session Manager",
}

# S3 has no group: it is reached through the gateway endpoint, by its prefix list.
S3 = "s3"


class Flow(NamedTuple):
    """Traffic from one group to another (or to S3) on one TCP port."""

    source: str
    target: str
    port: int
    why: str


def flows(environment: Environment) -> list[Flow]:
    """The flows of an environment; what is not here is closed."""
    front = "nlb" if environment.ingress == "nlb" else "vpc_link"
    table = [
        Flow(front, "alb", environment.listener_port, "Requests from the gateway"),
        Flow("alb", "service", environment.container_port, "Requests and health checks"),
        Flow("service", "database", POSTGRESQL, "Queries, over TLS"),
        Flow("service", "endpoints", HTTPS, "AWS APIs"),
        Flow("service", S3, HTTPS, "Image layers"),
    ]
    if environment.bastion:
        table += [
            Flow("bastion", "database", POSTGRESQL, "Tunnels to the database"),
            Flow("bastion", "endpoints", HTTPS, "Session Manager"),
        ]
    return table


def groups(environment: Environment) -> list[str]:
    """The security groups that the flows join."""
    named = {name for flow in flows(environment) for name in (flow.source, flow.target)}
    return [name for name in GROUPS if name in named]
