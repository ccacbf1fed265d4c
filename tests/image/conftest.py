"""An engine, and the image built on it."""

import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.postgres import Postgres, free_port
from templates.render import render
from templates.settings import Environment
from tests.image.aws import REGISTRY, REGISTRY_ADDRESS, Endpoint
from tests.image.base import python_image
from tests.image.database import instance
from tests.image.engine import Engine
from tests.image.task import Task

ROOT = Path(__file__).parents[2]
VERSION = "4.5.6"
SECRET = "a-login-to-a-mirror-that-must-not-be-in-the-image"
DATABASE_HOST = "books.c1x2y3.us-east-1.rds.amazonaws.com"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Docker."""
    engine = Engine({REGISTRY: REGISTRY_ADDRESS})
    yield engine
    engine.stop()


@dataclass(frozen=True)
class Build:
    """The image, and how it was built."""

    name: str
    seconds: float
    options: tuple[str, ...]
    log: str


@pytest.fixture(scope="session")
def build(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Built by our command, for this machine's processor."""
    pip = tmp_path_factory.mktemp("build") / "pip.conf"
    pip.write_text(f"# {SECRET}\n")
    options = (
        f"--platform=linux/{'arm64' if platform.machine() == 'aarch64' else 'amd64'}",
        f"--build-arg=PYTHON_IMAGE={python_image(engine)}",
        f"--secret=id=pip,src={pip}",
        "--network=host",
        "--progress=plain",
    )
    started = time.monotonic()
    result = engine.run(sys.executable, "-m", "ci", "image", "build", VERSION, *options)
    return Build(result.stdout.strip(), time.monotonic() - started, options, result.stderr)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Endpoint]:
    """AWS."""
    with Endpoint() as endpoint:
        yield endpoint


@dataclass(frozen=True)
class Database:
    """As RDS offers it: a name, TLS, and a login that only the secret knows."""

    server: Postgres
    port: int
    secret_arn: str
    authority: Path


@contextmanager
def new_database(endpoint: Endpoint) -> Iterator[Database]:
    """Empty."""
    with instance(DATABASE_HOST, "awsome_books", "master", "only-in-the-secret") as (server, port, authority):
        session = boto3.Session(endpoint.env["AWS_ACCESS_KEY_ID"], "test", region_name=endpoint.env["AWS_REGION"])
        secrets = session.client("secretsmanager", endpoint_url=endpoint.env["AWS_ENDPOINT_URL"])
        login = json.dumps({"username": "master", "password": "only-in-the-secret"})
        yield Database(server, port, secrets.create_secret(Name=f"rds!db-{server.port}", SecretString=login)["ARN"], authority)


@pytest.fixture
def database(endpoint: Endpoint) -> Iterator[Database]:
    """A new one for each test."""
    with new_database(endpoint) as database:
        yield database


@pytest.fixture(scope="session")
def make_task(engine: Engine, build: Build, endpoint: Endpoint) -> Callable[..., Task]:
    """A task of a rendered template, which finds its database."""

    def make(template: dict[str, Any], database: Database, **changes: Any) -> Task:
        return Task(
            engine,
            build.name,
            template["Resources"]["TaskDefinition"]["Properties"],
            values={
                "DatabaseHost": DATABASE_HOST,
                "DatabaseSecretArn": database.secret_arn,
                "EntranceHost": "entrance-1.elb.us-east-1.amazonaws.com",
            },
            ports={"PORT": str(free_port()), "DATABASE_PORT": str(database.port)},
            platform=endpoint.env,
            hosts={DATABASE_HOST: "127.0.0.1"},
            # Nobody but AWS has a certificate of RDS's authorities.
            files={"/app/books_api/runtime/rds-ca.pem": str(database.authority)},
            **changes,
        )

    return make


def rendered(environment: Environment) -> dict[str, Any]:
    """The service's template."""
    template: dict[str, Any] = json.loads(render(environment)["service.template.json"])
    return template


def committed(name: str) -> dict[str, Any]:
    """The service's template of a shipped environment, as it is in output/."""
    template: dict[str, Any] = json.loads((ROOT / "output" / name / "service.template.json").read_text())
    return template
