"""Connections to the database: kept when the server has only said no, replaced when they are dead, and never all taken by writes."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from local.postgres import Postgres
from local.relay import Relay
from tests.service.load import Load
from tests.service.process import FIELDS, Service, isbns, make_database

THREADS = 4
_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = 'books' AND application_name LIKE 'books_api%' ORDER BY pid"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server of its own, so that all its sessions are the service's."""
    server = Postgres().initialize().start()
    make_database(server)
    yield server
    server.remove()


@pytest.fixture
def relay(server: Postgres) -> Iterator[Relay]:
    """The way to the server, which may go silent."""
    relay = Relay(server.port)
    yield relay
    relay.close()


@pytest.fixture
def service(server: Postgres, relay: Relay) -> Iterator[Service]:
    """A task with an empty catalogue, and the server to itself."""
    server.execute("TRUNCATE catalogue_book", _BACKENDS.replace("pid", "pg_terminate_backend(pid, 5000)", 1), database="books")
    with Service(DATABASE_URL=f"postgresql://master:first@127.0.0.1:{relay.port}/books") as service:
        yield service


def _busy(service: Service) -> set[int]:
    """Use all connections, and more often than there are some; the statuses."""
    with ThreadPoolExecutor(THREADS) as pool:
        return set(pool.map(lambda _: service.get("/books").status_code, range(THREADS * 4)))


def test_all_connections_are_made_before_the_first_request(service: Service, server: Postgres) -> None:
    assert len(server.execute(_BACKENDS)) == THREADS


def test_connections_that_die_during_the_readiness_check_are_replaced(service: Service, relay: Relay) -> None:
    _busy(service)
    # The check finds them in order a moment ago; then they die under it.
    with ThreadPoolExecutor(THREADS) as pool:
        relay.silent.set()
        assert set(pool.map(lambda _: service.get("/readyz").status_code, range(THREADS * 2))) == {503}
    relay.silent.clear()
    deadline = time.monotonic() + 15
    while service.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline, "the database is there again, and was not found"
    assert _busy(service) == {200}


@pytest.mark.parametrize("end", ["lock timeout", "statement timeout"])
def test_a_timeout_at_the_server_keeps_the_connection(service: Service, server: Postgres, end: str) -> None:
    """Others may take a connection that is given up; that the database is away would be wrong, too."""
    service.post()
    before = server.execute(_BACKENDS)
    with closing(psycopg2.connect(server.url("books"))) as blocker, blocker.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("LOCK TABLE catalogue_book")
        change = pool.submit(service.request, "PATCH", "/books/9780132350884", json={"price": "1.00"})
        if end == "statement timeout":
            # Says the same as a timeout does, and sooner.
            while not server.execute("SELECT pg_cancel_backend(pid) FROM pg_locks WHERE NOT granted"):
                time.sleep(0.1)
        answer = change.result()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert _busy(service) == {200}
    assert server.execute(_BACKENDS) == before
    assert not [line for line in service.log_lines() if "away" in line["message"]]


def test_writes_that_wait_for_a_standby_leave_reads_alone_and_no_backends_behind(service: Service, server: Postgres) -> None:
    service.post()
    server.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")
    try:
        with Load(
            THREADS * 2, lambda session, place: ("", session.put(f"{service.url}/books/{isbns(1, place)[0]}", json=FIELDS, timeout=30))
        ):
            time.sleep(1)
            # Longer than it takes for the first to be given up, and for others to come in their place.
            end = time.monotonic() + 13
            while time.monotonic() < end:
                assert service.get("/books?page_size=1").status_code == 200
                time.sleep(0.1)
            assert len(server.execute(_BACKENDS)) <= THREADS
            server.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
    finally:
        server.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")


def test_what_fails_around_django_is_answered_logged_and_counted(django: None, capfd: pytest.CaptureFixture[str]) -> None:
    from books_api.runtime.database.slots import Slots
    from books_api.runtime.edge import Edge

    def fails(environ: object, start_response: Any) -> Any:
        start_response("200 OK", [])
        raise psycopg2.InterfaceError("connection already closed")

    started: list[Any] = []
    body = Edge(fails, Slots(1))({"PATH_INFO": "/books", "REQUEST_METHOD": "GET"}, lambda *start: started.append(start))  # type: ignore[arg-type]  # neither is Django's handler or WSGI's start_response in full
    assert json.loads(b"".join(body))["status"] == 500
    ((status, headers),) = started
    assert (status, dict(headers)["Content-Type"]) == ("500 Internal Server Error", "application/problem+json")
    (line,) = (json.loads(line) for line in capfd.readouterr().out.splitlines() if '"request"' in line)
    assert (line["status"], line["Errors"]) == (500, 1)
