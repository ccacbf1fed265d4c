"""Who reaches whom, on which port, and how it is encrypted: a row a connection, beside what the architecture declares."""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.connections import Connection, connections
from ci.model.reach import flows
from ci.rules.flows import declared

HEAD = ("from", "to", "port", "encrypted by", "certificate", "TLS ends at", "declared")
# What comes from outside passes no security group: the gateway's listeners and integrations say it.
OUTSIDE = ("user", "gateway")


def rows(deployment: Deployment) -> Iterator[tuple[str, ...]]:
    """The connections that are open, and last those that should be and are not; raises Missing."""
    wanted, found = declared(deployment), flows(deployment)
    for way in connections(deployment):
        known = way.source in OUTSIDE or way.flow in wanted
        yield way.source, way.target, way.port, *_encryption(way), "yes" if known else "no"
    for flow in sorted(wanted - found):
        yield flow.source, flow.target, str(flow.ports[0]), "-", "-", "-", "yes, and it is closed"


def _encryption(way: Connection) -> tuple[str, str, str]:
    return ("TLS", way.certificate, way.ends_at) if way.encrypted else (f"nothing: {way.protocol}", "-", "-")
