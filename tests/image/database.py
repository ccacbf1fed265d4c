"""A database as RDS offers it: a name, TLS by an authority, and an owner who is no superuser."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import trustme

from local.postgres import Postgres
from local.relay import Relay


class Instance(NamedTuple):
    """The server itself, the port where it speaks TLS, and who vouches for its name."""

    server: Postgres
    port: int
    authority: Path


@contextmanager
def instance(host: str, database: str, user: str, password: str) -> Iterator[Instance]:
    """One with an empty database."""
    server = Postgres().initialize().start()
    server.execute(f"CREATE ROLE {user} LOGIN CREATEROLE CREATEDB PASSWORD '{password}'", f"CREATE DATABASE {database} OWNER {user}")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(server.folder / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    relay = Relay(server.port, context)
    try:
        yield Instance(server, relay.port, server.folder / "authority.pem")
    finally:
        relay.close()
        server.remove()
