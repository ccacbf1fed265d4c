"""The service as a process, on a PostgreSQL of its own: what these tests ask is what a user would."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from postgres import Postgres
from service import Service, environment

ROOT = Path(__file__).parents[2]


def manage(env: dict[str, str], *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run one of the service's commands, as the init container does."""
    command = [sys.executable, "books_api/manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, check=check, capture_output=True, text=True)


def make_database(server: Postgres, name: str = "books", user: str = "master") -> str:
    """A database as RDS makes it: its owner is no superuser, but may create roles. Returns its URL."""
    server.execute(
        f"CREATE ROLE {user} LOGIN CREATEROLE CREATEDB PASSWORD 'first'",
        f"CREATE DATABASE {name} OWNER {user}",
    )
    url = server.url(name, user)
    manage(environment(DATABASE_URL=url), "migrate_safely")
    return url


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server, for the whole session."""
    server = Postgres().initialize().start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def database_url(postgres: Postgres) -> str:
    """A migrated database."""
    return make_database(postgres)


@pytest.fixture(scope="session")
def shared_service(database_url: str) -> Iterator[Service]:
    """One running service for all tests that only ask it things."""
    with Service(DATABASE_URL=database_url, WEB_CONCURRENCY="2", CORS_ALLOWED_ORIGINS="https://library.example") as service:
        yield service


@pytest.fixture
def service(shared_service: Service, postgres: Postgres) -> Service:
    """The same, with an empty catalogue."""
    postgres.execute("TRUNCATE catalogue_book", database="books")
    return shared_service


@pytest.fixture(scope="session")
def django(database_url: str) -> None:
    """Django in this process, for what is not asked by HTTP."""
    os.environ["DATABASE_URL"] = database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "books_api.settings"
    import django

    django.setup()
