"""Hostile input: refused in the one shape of errors, and nobody else notices."""

import base64
import contextlib
import json
import socket
import threading
import time
from random import Random
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from books_api.catalogue import isbn as isbn_module
from local.postgres import Postgres
from tests.service.load import Load
from tests.service.process import BOOK, HOST, Service, isbns

JSON = {"Content-Type": "application/json"}
SQL = ("'; DROP TABLE catalogue_book; --", "' OR '1'='1", "1) UNION SELECT version() --", "$$; SELECT pg_sleep(9)", "%' AND 1=0", "\\'; --")


def _raw(service: Service, request: bytes, seconds: float = 15) -> bytes:
    """What comes back for these very bytes."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=seconds) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(OSError):
            while piece := connection.recv(65_536):
                answer += piece
                if b"\r\n\r\n" in answer and b"Connection: keep-alive" in answer:
                    break
        return answer


def _alive(service: Service) -> None:
    started = time.monotonic()
    assert service.get("/books").status_code == 200
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"isbn": "\xff\xfe"}',
        '{"title": "x"}'.encode("utf-16"),
        b'{"title": "\\ud800"}',
        b'{"price": NaN}',
        b'{"price": 1e999}',
        b'{"published_year": ' + b"9" * 10_000 + b"}",
        b'{"title": "a\x00b"}',
        b"null",
        b"true",
        b'"text"',
        b"",
        b"\x00",
        b"{'title': 1}",
        b'{"title": "x",}',
        json.dumps({"subjects": [[[[["x"]]]]]}).encode(),
        json.dumps({f"field{n}": n for n in range(5000)}).encode(),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_no_body_breaks_it(service: Service, body: bytes) -> None:
    for method, path in (("POST", "/books"), ("PUT", "/books/9780132350884"), ("PATCH", "/books/9780132350884")):
        answer = service.request(method, path, data=body, headers=JSON)
        assert answer.status_code in {400, 404}
        assert answer.headers["Content-Type"] == "application/problem+json"
    _alive(service)


@pytest.mark.parametrize(("field", "most"), [("subjects", 50), ("other_isbns", 50), ("other_authors", 200)])
def test_too_many_items_are_one_fault(service: Service, field: str, most: int) -> None:
    answer = service.post(**{field: [1] * 40_000})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": field, "detail": f"Ensure this field has no more than {most} elements."}]


@pytest.mark.parametrize("text", SQL)
def test_sql_is_text(service: Service, postgres: Postgres, text: str) -> None:
    service.post()
    started = time.monotonic()
    for name in ("q", "author", "publisher"):
        answer = service.get("/books", params={name: text})
        assert answer.status_code == 200
        assert name == "q" or answer.json()["results"] == []
    for name in ("cursor", "ordering", "page_size"):
        assert service.get("/books", params={name: text}).status_code == 400
    assert service.get("/books/" + quote(text, safe="")).status_code == 404
    for field in ("title", "author", "publisher", "description"):
        assert service.request("PATCH", "/books/9780132350884", json={field: text}).json()[field] == text
    assert service.get("/books/9780132350884", headers={"If-None-Match": text}).status_code == 200
    assert service.request("PATCH", "/books/9780132350884", json={"price": 1}, headers={"If-Match": text}).status_code == 412
    assert postgres.execute("SELECT count(*) FROM catalogue_book", database="books") == [(1,)]
    assert time.monotonic() - started < 5


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "=",
        "é",
        "a" * 2001,
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        *map(
            _cursor,
            [
                None,
                1,
                [],
                {},
                "title",
                ["title", False, "x"],
                ["title", False, "x", "978", 1],
                ["price", False, "1.00", "978"],
                ["title", 1, "x", "978"],
                ["title", False, None, "978"],
                ["title", False, {"a": 1}, "978"],
                ["title", False, "a\x00", "978"],
                ["title", False, "\ud800", "978"],
                ["title", False, "x", "9" * 99],
                ["title", False, "x" * 2500, "978"],
                [["title"], False, "x", "978"],
            ],
        ),
    ],
)
def test_a_bad_cursor_is_refused(service: Service, cursor: str) -> None:
    answer = service.get("/books", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize(
    ("ordering", "value"),
    [("published_year", "x"), ("published_year", 10**40), ("published_year", True), ("created", "yesterday"), ("created", 5), ("isbn", 7)],
)
def test_a_cursor_of_the_wrong_type_is_refused(service: Service, ordering: str, value: object) -> None:
    assert service.get("/books", params={"ordering": ordering, "cursor": _cursor([ordering, False, value, "978"])}).status_code == 400


@pytest.mark.parametrize(
    ("head", "statuses"),
    [
        (b"GET / HTTP/1.1\r\nHost: %b\r\nX: a\nb\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: %b\r\nHost: evil\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: evil\r\nX-Forwarded-Host: %b\r\n\r\n", {400}),
        (b"GET http://evil/ HTTP/1.1\r\nHost: %b\r\n\r\n", {200, 400}),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: %b\r\n\r\n", {400, 414}),
        (b"GET / HTTP/1.1\r\nHost: %b\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", {400, 431}),
        (b"GET / HTTP/1.1\r\nHost: %b\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n", {400, 431}),
        (b"POST /books HTTP/1.1\r\nHost: %b\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
        (b"POST /books HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", {411}),
        (b"POST /books HTTP/1.1\r\nHost: %b\r\nContent-Length: -1\r\n\r\n", {400}),
        (b"POST /books HTTP/1.1\r\nHost: %b\r\nContent-Length: x\r\n\r\n", {400}),
        (b"GET /books/%%00 HTTP/1.1\r\nHost: %b\r\n\r\n", {404}),
        (b"GET /books/%%ff%%fe HTTP/1.1\r\nHost: %b\r\n\r\n", {404}),
        (b"GET /books?q=%%ff%%fe&author=%%ed%%a0%%80 HTTP/1.1\r\nHost: %b\r\n\r\n", {200}),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: %b\r\n\r\n", {404}),
        (b"BREW /books HTTP/1.1\r\nHost: %b\r\n\r\n", {400, 405}),
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", {400}),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else "",
)
def test_broken_requests_are_refused(service: Service, head: bytes, statuses: set[int]) -> None:
    answer = _raw(service, head.replace(b"%b", HOST.encode()).replace(b"%%", b"%"))
    assert int(answer.split()[1]) in statuses, answer
    assert int(answer.split()[1]) < 400 or b"application/problem+json" in answer
    assert b"evil" not in answer
    _alive(service)


def test_nothing_is_injected_into_headers(service: Service) -> None:
    split = "x%0d%0aSet-Cookie:%20a=b"
    for path in (f"/books/{split}", f"/books?q={split}", f"/{split}"):
        assert "Set-Cookie" not in service.get(path).headers
    answer = _raw(
        service, f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Public-Host: a\tb\r\nX-Public-Prefix: /a%0d%0aSet-Cookie:b\r\n\r\n".encode()
    )
    assert b"Set-Cookie" not in answer


def test_a_body_too_large_is_refused_before_it_is_kept(service: Service) -> None:
    for size in (129 * 1024, 9 * 1024 * 1024):
        answer = service.request("POST", "/books", data=b" " * size, headers=JSON)
        assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert service.request("POST", "/books", data=json.dumps(BOOK).encode() + b" " * 100_000, headers=JSON).status_code == 201
    _alive(service)


@pytest.mark.parametrize("slow", [b"", b"GET /books HTTP/1.1\r\nHost:", b"POST /books HTTP/1.1\r\nHost: %b\r\nContent-Length: 99\r\n\r\n{"])
def test_slow_clients_are_cut_off_and_hold_nobody_for_long(service: Service, slow: bytes) -> None:
    """Three times as many slow clients as threads, each sending a byte now and then."""
    connections = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(24)]
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(0.5):
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.sendall(b" " if slow else b"")

    for connection in connections:
        connection.sendall(slow.replace(b"%b", HOST.encode()))
    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        deadline = time.monotonic() + 12
        while True:
            started = time.monotonic()
            assert service.get("/healthz").status_code == 200
            answer = service.get("/books")
            assert time.monotonic() - started < 6, "a slow client held somebody else"
            if answer.status_code == 200:
                break
            assert (answer.status_code, time.monotonic() < deadline) == (503, True)
    finally:
        ended.set()
        dripping.join()
        for connection in connections:
            connection.close()


def test_overload_is_answered_quickly_and_passes_by_itself(database_url: str, postgres: Postgres) -> None:
    """All threads wait for a lock that somebody holds; whoever comes meanwhile is told to come back."""
    import psycopg2

    postgres.execute("TRUNCATE catalogue_book", database="books")
    with Service(DATABASE_URL=database_url) as service:
        service.post()
        blocker = psycopg2.connect(postgres.url("books"))
        with blocker.cursor() as cursor:
            cursor.execute("SELECT 1 FROM catalogue_book FOR UPDATE")

        def change(session: requests.Session, _: int) -> tuple[str, requests.Response]:
            return "", session.patch(f"{service.url}/books/9780132350884", json={"price": "2.00"}, timeout=30)

        with Load(40, change) as load:
            # Longer than anybody waits for a connection.
            time.sleep(2)
            started = time.monotonic()
            assert service.get("/healthz").status_code == 200
            # The threads are free again when the lock times out, three to four seconds from now.
            assert time.monotonic() - started < 3.2
            blocker.rollback()
            time.sleep(1)
            calm = time.monotonic()
            time.sleep(1.5)
    refused = [answer for answer in load.answers if answer.status == 503]
    assert {answer.status for answer in load.answers} == {200, 503}
    assert len(refused) > 30
    assert all(answer.headers["Retry-After"] for answer in refused)
    assert max(answer.seconds for answer in refused) < 6
    assert {answer.status for answer in load.answers if answer.started > calm} == {200}


@given(st.text())
def test_whatever_is_taken_for_an_isbn_is_one(text: str) -> None:
    try:
        number = isbn_module.canonical(text)
    except isbn_module.NotAnISBN:
        return
    assert len(number) == 13
    assert number.isdecimal()
    assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(number)) % 10 == 0


@given(st.integers(0, 10**9 - 1), st.randoms())
def test_every_isbn_is_taken_in_every_form(body: int, random: Random) -> None:
    (number,) = isbns(1, body)
    hyphens = "".join(digit + random.choice(("", "-", " ")) for digit in number)
    assert isbn_module.canonical(hyphens) == number
    ten = f"{body:09d}"
    check = -sum(int(digit) * (10 - place) for place, digit in enumerate(ten)) % 11
    assert isbn_module.canonical(ten + "0123456789X"[check]) == number
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    with pytest.raises(isbn_module.NotAnISBN):
        isbn_module.canonical(wrong)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.sampled_from(["q", "author", "publisher", "ordering", "page_size", "cursor"]), st.text(max_size=50)))
def test_no_query_breaks_it(service: Service, query: dict[str, str]) -> None:
    answer = service.get("/books", params={name: value.encode(errors="surrogatepass") for name, value in query.items()})
    assert answer.status_code in {200, 400}
