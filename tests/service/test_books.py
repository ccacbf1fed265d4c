"""The catalogue over HTTP: what is written can be read, found, changed and removed, and mistakes are explained."""

import json

import pytest

from tests.service.process import FIELDS, Service, isbns

PROBLEM = "application/problem+json"


def test_a_new_book_can_be_read_by_either_form_of_its_isbn(service: Service) -> None:
    created = service.post()
    assert created.status_code == 201
    assert created.headers["Location"] == "/books/9780132350884"
    for form in ("9780132350884", "978-0-13-235088-4", "0132350882", "0-13-235088-2"):
        found = service.get(f"/books/{form}")
        assert (found.status_code, found.json()) == (200, created.json())
    assert {name: created.json()[name] for name in FIELDS} == FIELDS
    assert (created.json()["isbn"], created.json()["version"]) == ("9780132350884", 1)


def test_the_same_isbn_twice_is_a_conflict_in_whatever_form(service: Service) -> None:
    assert service.post().status_code == 201
    again = service.post(isbn="0132350882")
    assert (again.status_code, again.headers["Content-Type"]) == (409, PROBLEM)


def test_put_creates_then_replaces(service: Service) -> None:
    created = service.request("PUT", "/books/0132350882", json=FIELDS)
    assert (created.status_code, created.headers["Location"]) == (201, "/books/9780132350884")
    without = {name: value for name, value in FIELDS.items() if name != "description"}
    replaced = service.request("PUT", "/books/9780132350884", json=without | {"title": "Cleaner Code"})
    assert (replaced.status_code, replaced.json()["title"], replaced.json()["version"]) == (200, "Cleaner Code", 2)
    assert replaced.json()["description"] == "", "PUT replaces the whole book: what is left out is empty again"


def test_what_was_read_can_be_put_back_but_not_as_another_book(service: Service) -> None:
    book = service.post().json()
    assert service.request("PUT", "/books/9780132350884", json=book).status_code == 200
    other = service.request("PUT", f"/books/{isbns(1)[0]}", json=book)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (400, "isbn")


def test_patch_changes_what_is_given(service: Service) -> None:
    before = service.post().json()
    after = service.request("PATCH", "/books/9780132350884", json={"price": 10}).json()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"price", "version", "modified"}
    assert after["price"] == "10.00"


def test_delete_removes(service: Service) -> None:
    service.post()
    assert service.request("DELETE", "/books/9780132350884").status_code == 204
    assert service.get("/books/9780132350884").status_code == 404
    assert service.request("DELETE", "/books/9780132350884").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("isbn", "978-0-13-235088-5"),
        ("isbn", "12345"),
        ("isbn", 9780132350884),
        ("title", ""),
        ("title", "  "),
        ("title", None),
        ("title", 5),
        ("title", "x" * 301),
        ("title", "NUL \u0000"),
        ("author", ["a"]),
        ("price", "0"),
        ("price", "-1"),
        ("price", "1.999"),
        ("price", "NaN"),
        ("price", "1e400"),
        ("price", 1_000_000),
        ("price", True),
        ("published_year", -5001),
        ("published_year", 2201),
        ("published_year", "2008"),
        ("published_year", 2008.5),
        ("published_year", 10**30),
        ("language", "English"),
        ("language", "EN"),
        ("subjects", "software"),
        ("subjects", {"a": 1}),
        ("subjects", ["x"] * 51),
        ("other_authors", "Grace Hopper"),
        ("other_isbns", ["123"]),
        ("currency", "euro"),
        ("pages", 0),
        ("subjects", [None]),
        ("description", "x" * 10_001),
    ],
)
def test_a_wrong_field_is_named(service: Service, field: str, value: object) -> None:
    for answer in (
        service.post(**{field: value}),
        *([] if field == "isbn" else [service.request("PUT", "/books/9780132350884", json=FIELDS | {field: value})]),
    ):
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)
        problem = answer.json()
        assert (problem["title"], problem["status"]) == ("Bad Request", 400)
        assert all(error["field"].split(".")[0] == field and error["detail"] for error in problem["errors"])


def test_every_missing_field_is_named(service: Service) -> None:
    errors = service.request("POST", "/books", json={}).json()["errors"]
    assert {error["field"] for error in errors} == {"isbn", "title", "language"}


def test_prices_keep_their_digits(service: Service) -> None:
    for price, shown in ((0.07, "0.07"), ("1.1", "1.10"), (999999.99, "999999.99"), (12, "12.00")):
        assert service.request("PUT", "/books/0132350882", json=FIELDS | {"price": price}).json()["price"] == shown


def test_etag_saves_a_transfer_and_prevents_a_lost_update(service: Service) -> None:
    etag = service.post().headers["ETag"]
    path = "/books/9780132350884"
    for held in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        unchanged = service.get(path, headers={"If-None-Match": held})
        assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", etag)
    updated = service.request("PATCH", path, json={"price": "1.00"}, headers={"If-Match": etag})
    assert updated.status_code == 200
    assert updated.headers["ETag"] != etag
    assert service.get(path).headers["ETag"] == updated.headers["ETag"]
    for method, body in (("PATCH", {"price": "2.00"}), ("PUT", FIELDS), ("DELETE", None)):
        lost = service.request(method, path, json=body, headers={"If-Match": etag})
        assert (lost.status_code, lost.headers["Content-Type"]) == (412, PROBLEM)
    assert service.get(path).json()["price"] == "1.00"
    assert service.request("DELETE", path, headers={"If-Match": updated.headers["ETag"]}).status_code == 204


def test_put_only_if_new_and_only_if_there(service: Service) -> None:
    path = "/books/9780132350884"
    assert service.request("PUT", path, json=FIELDS, headers={"If-Match": "*"}).status_code == 412
    assert service.request("PUT", path, json=FIELDS, headers={"If-None-Match": "*"}).status_code == 201
    assert service.request("PUT", path, json=FIELDS, headers={"If-None-Match": "*"}).status_code == 412
    assert service.request("PUT", path, json=FIELDS, headers={"If-Match": "*"}).status_code == 200


def test_a_book_made_anew_is_not_taken_for_the_one_deleted(service: Service) -> None:
    old = service.post().headers["ETag"]
    service.request("DELETE", "/books/9780132350884")
    service.post()
    assert service.request("PATCH", "/books/9780132350884", json={"price": "1.00"}, headers={"If-Match": old}).status_code == 412


def _catalogue(service: Service, count: int) -> list[str]:
    numbers = isbns(count)
    for place, isbn in enumerate(numbers):
        answer = service.post(
            isbn=isbn,
            # Few different values, so that pages are cut where many rows are equal.
            title=f"Title {place % 3}",
            author=("Ada Lovelace", "Alan Turing")[place % 2],
            publisher="Addison-Wesley" if place < 5 else "O'Reilly",
            published_year=2000 + place % 2,
            description="Queues and networks" if place == 3 else "Trees",
        )
        assert answer.status_code == 201
    return numbers


def test_a_book_holds_what_real_catalogues_hold(service: Service) -> None:
    more = {
        "other_authors": ["Grace Hopper", "Ada Lovelace"],
        "currency": "EUR",
        "published_year": -350,
        "edition": "2nd, revised",
        "series": "Classics",
        "series_number": "III",
        "pages": 204,
        "call_number": "QA76.9 .M37",
        "other_isbns": ["0-13-110362-8"],
    }
    created = service.post(**more)
    assert created.status_code == 201
    stored = more | {"other_isbns": ["9780131103627"]}
    assert (
        {name: service.get("/books/9780132350884").json()[name] for name in more} == stored == {name: created.json()[name] for name in more}
    )
    least = service.request("PUT", "/books/9780132350884", json={"title": "Untold", "language": "und"}).json()
    assert (least["author"], least["publisher"], least["price"], least["published_year"], least["pages"]) == ("", "", None, None, None)


def test_a_book_without_an_isbn_gets_an_identifier(service: Service) -> None:
    created = service.post(isbn=None)
    assert created.status_code == 201
    identifier = created.json()["isbn"]
    assert created.headers["Location"] == f"/books/{identifier}"
    assert service.get(f"/books/{identifier.lower()}").json() == created.json()
    assert service.post(isbn=None).status_code == 409, "the same book again"
    assert service.post(isbn=None, published_year=2009).status_code == 201, "another edition"
    assert service.request("PUT", f"/books/{identifier}", json=created.json() | {"title": "Cleaner"}).json()["isbn"] == identifier
    assert service.request("DELETE", f"/books/{identifier}").status_code == 204


@pytest.mark.parametrize("sign", ["", "-"])
def test_books_of_an_unknown_year_come_last_and_are_not_lost(service: Service, sign: str) -> None:
    years = {isbn: (None if place % 3 else 2000 - place) for place, isbn in enumerate(isbns(11))}
    for isbn, year in years.items():
        assert service.post(isbn=isbn, published_year=year).status_code == 201
    for size in ("1", "4", "5"):
        pages = [service.get("/books", params={"ordering": f"{sign}published_year", "page_size": size}).json()]
        while link := pages[-1]["next"]:
            pages.append(service.get(link).json())
        found = [(book["published_year"], book["isbn"]) for page in pages for book in page["results"]]
        known, unknown = [pair for pair in found if pair[0] is not None], [pair for pair in found if pair[0] is None]
        assert found == known + unknown
        assert known == sorted(known, reverse=bool(sign))
        assert {isbn: year for year, isbn in found} == years
        back = pages[-1]
        for page in reversed(pages[:-1]):
            back = service.get(back["previous"]).json()
            assert back["results"] == page["results"]
        assert back["previous"] is None


@pytest.mark.parametrize("key", ["isbn", "title", "published_year", "created"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_hold_every_book_once_in_order_there_and_back(service: Service, key: str, sign: str) -> None:
    numbers = _catalogue(service, 11)
    pages = [service.get("/books", params={"ordering": sign + key, "page_size": "4"}).json()]
    while link := pages[-1]["next"]:
        pages.append(service.get(link).json())
    books = [book for page in pages for book in page["results"]]
    assert [len(page["results"]) for page in pages] == [4, 4, 3]
    assert books == sorted(books, key=lambda book: (book[key], book["isbn"]), reverse=bool(sign))
    assert sorted(book["isbn"] for book in books) == sorted(numbers)
    assert pages[0]["previous"] is None
    back = pages[-1]
    for page in reversed(pages[:-1]):
        back = service.get(back["previous"]).json()
        assert back["results"] == page["results"]
    assert back["previous"] is None


def test_a_page_stays_where_it_is_when_a_book_is_added_before_it(service: Service) -> None:
    _catalogue(service, 6)
    link = service.get("/books?page_size=3").json()["next"]
    expected = service.get(link).json()["results"]
    service.post(title="A first")
    assert service.get(link).json()["results"] == expected


def test_filters_and_search_find_what_they_say(service: Service) -> None:
    numbers = _catalogue(service, 11)

    def found(**query: str) -> list[str]:
        return sorted(book["isbn"] for book in service.get("/books", params=query).json()["results"])

    assert found(author="ada lovelace") == sorted(numbers[::2])
    assert found(publisher="O'Reilly") == sorted(numbers[5:])
    assert found(author="Ada Lovelace", publisher="o'reilly") == sorted(numbers[6::2])
    assert found(q="queue network") == [numbers[3]], "any form of the word"
    assert found(q='"software engineering" -trees') == [numbers[3]], "phrases and exclusion, subjects included"
    assert found(q="turing or lovelace") == sorted(numbers)
    assert found(q="nowhere") == []
    assert found(author="Ada") == []


def test_links_keep_the_query(service: Service) -> None:
    _catalogue(service, 11)
    page = service.get("/books", params={"q": "trees & more OR trees", "publisher": "O'Reilly", "page_size": "2"}).json()
    following = service.get(page["next"]).json()
    assert len(following["results"]) == 2
    assert all(book["publisher"] == "O'Reilly" for book in following["results"])


@pytest.mark.parametrize(
    "query", ["page_size=0", "page_size=101", "page_size=x", "ordering=price", "cursor=x", "q=%00", "author=%00", "page_size="]
)
def test_a_wrong_query_is_named(service: Service, query: str) -> None:
    answer = service.get(f"/books?{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert answer.json()["errors"][0]["field"] == query.split("=", maxsplit=1)[0]


def test_the_root_says_where_to_go(service: Service) -> None:
    greeting = service.get("/").json()
    assert greeting["name"] == "AWSome Books"
    for link in greeting["links"].values():
        assert service.get(link).status_code == 200


def test_errors_have_one_shape(service: Service) -> None:
    service.post()
    for answer, status in (
        (service.get("/nothing/here"), 404),
        (service.get("/books/123"), 404),
        (service.request("POST", "/"), 405),
        (service.request("OPTIONS", "/books"), 405),
        (service.request("POST", "/books", data="{", headers={"Content-Type": "application/json"}), 400),
        (service.request("POST", "/books", json=[1]), 400),
        (service.request("POST", "/books", data="a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415),
        (service.request("POST", "/books", data=b"x" * 200_000, headers={"Content-Type": "application/json"}), 413),
        (service.request("PUT", "/books/123", json=FIELDS), 400),
        (service.post(), 409),
    ):
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM), answer.text
        problem = json.loads(answer.content)
        assert set(problem) <= {"type", "title", "status", "detail", "errors"}
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
