"""Files as librarians have them: what expected.toml says of each is what comes of it."""

import gzip
import io
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from local.postgres import Postgres
from tests.service.process import BOOK, isbns

FILES = Path(__file__).parent / "catalogues"
EXPECTED = tomllib.loads((FILES / "expected.toml").read_text())
FIRST, SECOND = "9780306406157", "9780131103627"


class Imported(NamedTuple):
    """What an import left behind: exit status, summary, what was said, and the catalogue by ISBN."""

    status: Any
    summary: str
    said: str
    books: dict[str, dict[str, Any]]


Import = Callable[..., Imported]


@pytest.fixture
def imported(django: None, postgres: Postgres) -> Import:
    """Import into a catalogue that is empty at first."""
    postgres.execute("TRUNCATE catalogue_book", database="books")

    def imported(file: Path, *options: str) -> Imported:
        from django.core.management import call_command

        out, err = io.StringIO(), io.StringIO()
        status: Any = 0
        try:
            call_command("import_books", str(file), *options, stdout=out, stderr=err)
        except SystemExit as end:
            status = end.code
        rows: Any = postgres.execute("SELECT to_jsonb(book) - 'search' FROM catalogue_book AS book", database="books")
        return Imported(status, out.getvalue(), err.getvalue(), {row["isbn"]: row for (row,) in rows})

    return imported


def test_each_file_is_tried() -> None:
    assert set(EXPECTED) == {file.name for file in FILES.iterdir()} - {"expected.toml"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_gives_what_is_expected(imported: Import, name: str) -> None:
    expected = EXPECTED[name]
    found = imported(FILES / name)
    assert len(found.books) == expected["books"], found.said
    assert found.status == expected["status"]
    for text in expected["says"]:
        assert text in found.said
    # Again, it changes nothing.
    again = imported(FILES / name)
    assert again.books == found.books
    assert " 0 added, 0 changed," in again.summary or found.status == 2


def test_letters_come_out_right(imported: Import) -> None:
    book = imported(FILES / "latin1.csv").books[FIRST]
    assert (book["title"], book["author"], book["publisher"]) == ("Müllers Größe", "Éva Példa", "Verlag für Beispiele")
    assert imported(FILES / "latin1.csv", "--encoding", "latin-1").books[FIRST] == book


def test_a_goodreads_export_keeps_its_authors_and_books_without_an_isbn(imported: Import) -> None:
    books = imported(FILES / "goodreads.csv").books
    first, (identifier, second) = books.pop(FIRST), *books.items()
    assert (first["author"], first["other_authors"]) == ("Ada Example", ["Bo Example", "Cy Example"])
    assert (first["published_year"], first["pages"], first["other_isbns"]) == (2001, 204, []), "the ISBN-10 is the same one"
    assert identifier.startswith("N")
    assert len(identifier) == 13
    assert (second["title"], second["published_year"], second["price"], second["publisher"]) == ("No Number At All", 1901, None, "")


def test_years_as_people_write_them(imported: Import) -> None:
    years = {book["title"]: book["published_year"] for book in imported(FILES / "years.csv").books.values()}
    assert years == {
        "Year 2008.0": 2008,
        "Year c1999": 1999,
        "Year [1999]": 1999,
        "Year 1999-05-01": 1999,
        "Year 201?": None,
        "Year -350": -350,
    }


def test_prices_and_languages_as_people_write_them(imported: Import) -> None:
    books = {book["title"]: book for book in imported(FILES / "prices_languages.csv").books.values()}
    shown = {title: (book["price"], book["currency"], book["language"]) for title, book in books.items()}
    assert shown == {"A": (10, "EUR", "en"), "B": (10.5, "", "en"), "C": (10, "USD", "de"), "D": (None, "", "en")}


def test_a_leading_zero_and_further_isbns_are_kept(imported: Import) -> None:
    assert set(imported(FILES / "spreadsheet.csv").books) == {FIRST}
    assert imported(FILES / "several_isbns.csv").books[FIRST]["other_isbns"] == [SECOND]


def test_the_books_after_a_stray_quote_are_not_lost(imported: Import) -> None:
    titles = {book["title"] for book in imported(FILES / "stray_quote.csv").books.values()}
    assert titles == {"A First Course", *(f"Book {number}" for number in range(4))}


def test_absent_columns_leave_alone_what_is_stored(imported: Import, tmp_path: Path) -> None:
    file = tmp_path / "whole.jsonl"
    file.write_bytes(orjson.dumps(BOOK | {"isbn": FIRST, "subjects": ["logic"], "description": "Long.", "other_authors": ["Bo"]}))
    before = imported(file).books[FIRST]
    after = imported(FILES / "price_update.csv").books[FIRST]
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"price", "version", "modified"}
    assert Decimal(str(after["price"])) == Decimal("9.99")
    # An empty cell says nothing; null in JSON says that there is nothing.
    sparse = tmp_path / "sparse.csv"
    sparse.write_text(f"isbn,title,description,price\n{FIRST},Clean Code,,\n")
    assert imported(sparse).books[FIRST] == after
    file.write_bytes(orjson.dumps({"isbn": FIRST, "description": "", "price": None, "subjects": []}))
    cleared = imported(file).books[FIRST]
    assert (cleared["description"], cleared["price"], cleared["subjects"], cleared["author"]) == ("", None, [], BOOK["author"])


def test_what_json_lines_say_beyond_the_fields_is_told(imported: Import, tmp_path: Path) -> None:
    file = tmp_path / "books.jsonl"
    lines = [{"isbn": isbn, "title": "Any", "authors": ["Ada", "Bo"], "shelf": "B2", "version": 3} for isbn in isbns(2)]
    file.write_bytes(b"\n".join(map(orjson.dumps, [*lines, {"isbn": FIRST, "titel": "Any", "subjcts": []}])))
    done = imported(file)
    assert "Left out: shelf." in done.said
    assert "no column subjcts is known; did you mean subjects?" in done.said
    assert [(book["author"], book["other_authors"]) for book in done.books.values()] == [("Ada", ["Bo"])] * 2
    assert imported(file, "--map", "call_number=shelf").books[isbns(1)[0]]["call_number"] == "B2"


def test_columns_are_mapped_ignored_and_given_defaults(imported: Import, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(f"Nummer,Name,Wer,Descripton\n{FIRST},A First Course,Ada Example,x\n", encoding="utf-8")
    options = ("--map", "isbn=Nummer", "--map", "title=Name", "--map", "author=Wer", "--map", "description=Descripton")
    assert imported(file).status == 2
    assert imported(file, "--map", "isbn=Nummer", "--map", "title=Titel").said.count("there is no column Titel") == 1
    assert imported(file, "--map", "colour=Wer").status == 2
    assert "--default: Klingonsk: no language is called so" in imported(file, *options, "--default", "language=Klingonsk").said
    done = imported(file, *options, "--default", "language=German", "--default", "published_year=1999", "--default", "currency=EUR")
    book = done.books[FIRST]
    assert (book["title"], book["author"], book["language"]) == ("A First Course", "Ada Example", "de")
    assert (done.status, book["published_year"], book["currency"], book["description"]) == (0, 1999, "EUR", "x")
    # A default is for new books: it overrides nothing.
    assert imported(file, *options, "--default", "language=fr").books[FIRST] == book


def test_a_dry_run_says_what_would_be_and_changes_nothing(imported: Import, tmp_path: Path) -> None:
    before = imported(FILES / "bom.csv").books
    file = tmp_path / "more.csv"
    third = isbns(1)[0]
    file.write_text(f"isbn,title\n{FIRST},Changed\n{SECOND},The Second Book\n{third},New\n{third},New\n{isbns(2)[1]},\n")
    done = imported(file, "--dry-run")
    assert done.books == before
    assert done.summary == "Nothing was changed (--dry-run). 5 read: 1 added, 1 changed, 1 as they were, 1 bad, 1 again.\n"
    assert "5 read: 1 added, 1 changed, 1 as they were, 1 bad, 1 again." in imported(file).summary


def test_rejects_can_be_corrected_and_imported(imported: Import, tmp_path: Path) -> None:
    file, rejects = tmp_path / "books.csv", tmp_path / "rejects.csv"
    good, bad, third = isbns(3)
    wrong = f'{bad};Dear;much\r\n{third};"A quote;2\r\n'.encode() + b"1;\xc3\xa9 and \xe9\r\n" + "ü;é".encode()
    file.write_bytes(f"isbn;title;price\r\n{good};Fine;1\r\n".encode() + wrong)
    assert imported(file, "--rejects", str(rejects)).status == 1
    text = b"isbn;title;price\r\n" + wrong + b"\n"
    assert rejects.read_bytes() == text
    assert imported(file, "--rejects", str(rejects)).status == 2, "it may have been corrected by now"
    corrected = tmp_path / "corrected.csv"
    corrected.write_bytes(text.replace(b"much", b"5").replace(b'"A', b"A").partition(b"1;")[0])
    assert set(imported(corrected).books) == {good, bad, third}
    assert imported(file, "--rejects", str(tmp_path / "rejects.jsonl")).status == 2


def test_ten_thousand_equal_faults_are_told_in_a_few_lines(imported: Import, tmp_path: Path) -> None:
    file = tmp_path / "books.csv"
    file.write_text("isbn,title\n" + "".join(f"{number},Wrong\n" for number in range(10_001, 20_001)))
    said = imported(file).said
    assert "Not taken, 10000 records: is not an ISBN." in said
    assert "... and 9995 more." in said
    assert len(said.splitlines()) < 12


def test_the_same_isbn_in_another_batch_is_told_too(imported: Import, tmp_path: Path) -> None:
    file = tmp_path / "books.jsonl"
    books = [{"isbn": isbn, "title": "Any"} for isbn in isbns(2500)]
    file.write_bytes(b"\n".join(map(orjson.dumps, [*books, {"isbn": books[3]["isbn"], "title": "Other"}, books[4]])))
    done = imported(file)
    assert "2502 read: 2500 added, 0 changed, 0 as they were, 0 bad, 2 again." in done.summary
    assert '"Any" in 4, "Other" counts' in done.said
    assert done.books[books[3]["isbn"]]["title"] == "Other"


def test_two_thousand_long_descriptions_are_taken_in_time(imported: Import, tmp_path: Path) -> None:
    first = orjson.loads(gzip.decompress((FILES / "long_descriptions.jsonl.gz").read_bytes()).splitlines()[0])
    file = tmp_path / "long.jsonl.gz"
    file.write_bytes(gzip.compress(b"\n".join(orjson.dumps(first | {"isbn": isbn}) for isbn in isbns(2000)), 1))
    assert len(imported(file).books) == 2000
