"""Many clients want the same thing at the same time: exactly one gets it."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import requests

from tests.service.process import BOOK, FIELDS, HOST, Service

CLIENTS = 50


def _together(
    service: Service, method: str, path: str, json: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Counter[int]:
    """The statuses that fifty clients get who ask at the same moment."""
    ready = Barrier(CLIENTS)

    def ask(_: int) -> int:
        with requests.Session() as session:
            session.trust_env = False
            ready.wait()
            return session.request(method, service.url + path, json=json, headers={"Host": HOST, **(headers or {})}, timeout=30).status_code

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(pool.map(ask, range(CLIENTS)))


def test_one_of_fifty_creates(service: Service) -> None:
    assert _together(service, "POST", "/books", json=BOOK) == {201: 1, 409: CLIENTS - 1}


def test_one_of_fifty_puts_first(service: Service) -> None:
    assert _together(service, "PUT", "/books/9780132350884", json=FIELDS) == {201: 1, 200: CLIENTS - 1}
    assert service.get("/books/9780132350884").json()["version"] == CLIENTS
    only_if_new = {"If-None-Match": "*"}
    service.request("DELETE", "/books/9780132350884")
    assert _together(service, "PUT", "/books/9780132350884", json=FIELDS, headers=only_if_new) == {201: 1, 412: CLIENTS - 1}


def test_one_of_fifty_updates_in_each_round(service: Service) -> None:
    etag = service.post().headers["ETag"]
    for version in (2, 3, 4):
        answers = _together(service, "PATCH", "/books/9780132350884", json={"price": "5.00"}, headers={"If-Match": etag})
        assert answers == {200: 1, 412: CLIENTS - 1}
        book = service.get("/books/9780132350884")
        assert book.json()["version"] == version
        etag = book.headers["ETag"]


def test_a_put_without_conditions_never_fails_for_what_others_do(service: Service) -> None:
    """They create and delete the book all the time."""

    def ask(client: int) -> list[int]:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Host"] = HOST
            url = f"{service.url}/books/9780132350884"
            return [(session.put(url, json=FIELDS) if client % 2 else session.delete(url)).status_code for _ in range(100)]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(12)))
    assert {status for statuses in answers[1::2] for status in statuses} == {200, 201}
    assert {status for statuses in answers[::2] for status in statuses} == {204, 404}
