"""The contract of a service with whatever runs it: `service.toml` in the service's folder."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from templates.errors import ContractError

ROOT = Path(__file__).parents[1]
FILE = "service.toml"

Port = Annotated[int, Meta(ge=1024, le=65535)]
UrlPath = Annotated[str, Meta(pattern=r"^/[A-Za-z0-9/._-]*$")]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
Command = Annotated[tuple[str, ...], Meta(min_length=1)]


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the contract: an unknown key is an error."""


class Ports(Table, frozen=True):
    """Where the container listens: without TLS, and with it."""

    plain: Port
    tls: Port


class Health(Table, frozen=True):
    """How load balancers (by path) and ECS (by a command in the container) ask whether a task is alive."""

    path: UrlPath
    command: Command


class Database(Table, frozen=True):
    """The PostgreSQL database that the service keeps, its owner, and the command that migrates it."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    owner: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    migrate: Command


class Scope(Table, frozen=True):
    """The OAuth scope that writing needs: `server/name`."""

    server: Name
    name: Name
    description: str


class Variables(Table, frozen=True):
    """Environment variables that the code reads, by name, each with what it is for."""

    required: Mapping[str, str] = {}
    optional: Mapping[str, str] = {}
    # Read in other places than AWS; the templates never give them.
    elsewhere: Mapping[str, str] = {}


class Smoke(Table, frozen=True):
    """A request that everybody may make, and that a deployed version answers with 200 and JSON."""

    path: UrlPath


class Contract(Table, frozen=True, kw_only=True):
    """A service as its platform sees it. Seconds are whole; commands are lists of words, run without a shell."""

    name: Name
    dockerfile: str = "Dockerfile"
    document: str = "openapi.json"
    ports: Ports
    health: Health
    writable: tuple[UrlPath, ...] = ()
    request_seconds: Annotated[int, Meta(ge=1, le=28)] = 25
    idle_seconds: Annotated[int, Meta(ge=61)] = 75
    threads: Annotated[int, Meta(ge=1, le=64)] = 1
    # None: it keeps no data, and none is created.
    database: Database | None = None
    scope: Scope
    variables: Variables = Variables()
    smoke: tuple[Smoke, ...] = ()
    # Where it was read from, relative to the project; no key of the file.
    folder: str = msgspec.field(default="", name="the folder")

    def reads(self, variable: str) -> bool:
        """Whether the code reads a variable that the platform may give."""
        return variable in self.variables.required or variable in self.variables.optional

    @property
    def path(self) -> Path:
        """The folder of the service."""
        return ROOT / self.folder

    @property
    def write_scope(self) -> str:
        """The scope as a token has it."""
        return f"{self.scope.server}/{self.scope.name}"


@cache
def contract(folder: str) -> Contract:
    """Read the contract in a folder of the project; raises ContractError."""
    place = f"{folder}/{FILE}"
    try:
        found = msgspec.toml.decode((ROOT / place).read_bytes(), type=Contract)
    except OSError as error:
        raise ContractError(f"{place}: {error.strerror}; name the folder of a service with service.folder, or write the file.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ContractError(f"{place}: {error}; correct it. README.md explains the file under 'Your own service'.") from None
    return msgspec.structs.replace(found, folder=folder)
