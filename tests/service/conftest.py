"""The service as a process, on a PostgreSQL of its own: what these tests ask is what a user would."""

import os
from collections.abc import Iterator

import pytest

from local.postgres import Postgres
from tests.service.process import Service, make_database


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
