"""The database goes away, under load: nothing acknowledged is lost, every request has its answer, and the service recovers by itself."""

import time
from collections.abc import Callable, Iterator

import pytest
import requests

from books_api.runtime import deadline
from local.postgres import Postgres
from local.relay import Relay
from tests.service.load import Load
from tests.service.process import FIELDS, Service, isbns, make_database

NUMBERS = isbns(100_000)


@pytest.fixture
def pair() -> Iterator[tuple[Postgres, Postgres, Relay]]:
    """A primary, its synchronous standby, and the endpoint that leads to whoever is primary."""
    primary = Postgres().initialize().start("fsync=on")
    make_database(primary)
    standby = Postgres().copy(primary, "standby").start("fsync=on")
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()")
    relay = Relay(primary.port)
    yield primary, standby, relay
    relay.close()
    primary.remove()
    standby.remove()


def _put(service: Service) -> Load:
    def put(session: requests.Session, place: int) -> tuple[str, requests.Response]:
        return NUMBERS[place], session.put(f"{service.url}/books/{NUMBERS[place]}", json=FIELDS, timeout=30)

    return Load(6, put)


def _service(relay: Relay) -> Service:
    return Service(DATABASE_URL=f"postgresql://master:first@127.0.0.1:{relay.port}/books", WEB_CONCURRENCY="2")


@pytest.mark.parametrize(("end", "seconds"), [("killed", 3), ("frozen", deadline.STATEMENT_SECONDS + 3)])
def test_failover_loses_nothing_and_recovers(
    pair: tuple[Postgres, Postgres, Relay], end: str, seconds: float, record_property: Callable[[str, object], None]
) -> None:
    primary, standby, relay = pair
    with _service(relay) as service:
        with _put(service) as load:
            time.sleep(2)
            gone = time.monotonic()
            if end == "frozen":
                relay.silent.set()
            primary.stop()
            time.sleep(2)
            assert service.get("/healthz").status_code == 200, "an outage of the database kills no task"
            assert service.get("/readyz").status_code == 503
            standby.promote()
            relay.move(standby.port)
            promoted = time.monotonic()
            while not any(answer.status == 201 and answer.started > promoted for answer in load.answers):
                # A server that freezes in the middle of a statement is given that statement's time.
                assert time.monotonic() < gone + 2 + seconds, "no request succeeded after the promotion"
                time.sleep(0.01)
            recovered = time.monotonic()
            time.sleep(seconds)
            stable = time.monotonic()
            time.sleep(1)
        record_property("figures", load.figures() | {"recovered after promotion": round(recovered - promoted, 2)})
        acknowledged = {answer.isbn for answer in load.answers if answer.status == 201}
        kept = {isbn for (isbn,) in standby.execute("SELECT isbn FROM catalogue_book", database="books")}
        assert len(acknowledged) > 50
        assert acknowledged <= kept, "an acknowledged write was lost"
        assert {answer.status for answer in load.answers} <= {201, 503}, "nothing but success or: try again"
        refused = [answer for answer in load.answers if answer.status == 503]
        assert refused
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
        assert not [answer.seconds for answer in refused if answer.seconds > seconds]
        assert {answer.status for answer in load.answers if answer.started > stable} == {201}, "recovered for good"


def test_the_first_request_after_a_restart_of_the_database_succeeds(pair: tuple[Postgres, Postgres, Relay]) -> None:
    primary, _, relay = pair
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()")
    with _service(relay) as service:
        for _ in range(8):
            assert service.get("/books").status_code == 200
        primary.stop("fast")
        primary.start()
        for _ in range(8):
            assert service.get("/books").status_code == 200


def test_a_frozen_database_holds_nobody_who_comes_later(pair: tuple[Postgres, Postgres, Relay]) -> None:
    _, _, relay = pair
    with _service(relay) as service:
        assert service.get("/books").status_code == 200
        time.sleep(1.1)
        relay.silent.set()
        for _ in range(10):
            started = time.monotonic()
            assert service.get("/books").status_code == 503
            assert time.monotonic() - started < 3


def test_without_a_database_the_answer_comes_within_three_seconds(database_url: str) -> None:
    with Service(DATABASE_URL="postgresql://master@127.0.0.1:1/books") as service:
        started = time.monotonic()
        answer = service.get("/books")
        assert time.monotonic() - started < 3
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert answer.headers["Retry-After"]
        assert "127.0.0.1" not in answer.text
