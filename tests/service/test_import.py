"""Importing: streams, says what is wrong and goes on, and can be repeated."""

import csv
import gzip
import io
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.postgres import Postgres
from tests.service.process import BOOK, environment, isbns, manage


@pytest.fixture
def env(database_url: str, postgres: Postgres) -> dict[str, str]:
    postgres.execute("TRUNCATE catalogue_book", database="books")
    return environment(DATABASE_URL=database_url)


def _json_lines(books: list[dict[str, object]]) -> bytes:
    return b"".join(orjson.dumps(book) + b"\n" for book in books)


def test_an_import_adds_then_changes_only_what_differs(env: dict[str, str], tmp_path: Path, postgres: Postgres) -> None:
    books = [BOOK | {"isbn": isbn} for isbn in isbns(4500)]
    file = tmp_path / "books.jsonl.gz"
    file.write_bytes(gzip.compress(_json_lines(books)))
    assert manage(env, "import_books", str(file)).stdout == "4500 read: 4500 added, 0 changed, 0 as they were, 0 bad.\n"
    assert manage(env, "import_books", str(file)).stdout == "4500 read: 0 added, 0 changed, 4500 as they were, 0 bad.\n"
    books[7]["title"] = "Another"
    file.write_bytes(gzip.compress(_json_lines(books)))
    assert "0 added, 1 changed, 4499 as" in manage(env, "import_books", str(file)).stdout
    versions = postgres.execute("SELECT version, count(*), max(title) FROM catalogue_book GROUP BY 1 ORDER BY 1", database="books")
    assert versions == [(1, 4499, BOOK["title"]), (2, 1, "Another")]


def test_bad_lines_are_reported_by_number_and_the_others_imported(env: dict[str, str], tmp_path: Path, postgres: Postgres) -> None:
    good = isbns(3)
    file = tmp_path / "books.jsonl"
    lines = [
        orjson.dumps(BOOK | {"isbn": good[0]}),
        b"{",
        orjson.dumps(BOOK | {"isbn": "123"}),
        b"[]",
        b"",
        b'{"title": "\xff"}',
        orjson.dumps(BOOK | {"isbn": good[1], "price": "free"}),
        orjson.dumps(BOOK | {"isbn": good[2]}),
    ]
    file.write_bytes(b"\n".join(lines))
    run = manage(env, "import_books", str(file), check=False)
    assert run.returncode == 1
    assert [line.split(":")[0] for line in run.stderr.splitlines() if line.startswith("Line")] == [f"Line {n}" for n in (2, 3, 4, 6, 7)]
    assert "price" in run.stderr
    assert "2 added" in run.stdout
    assert "5 bad" in run.stdout


def test_csv_with_quotes_newlines_and_broken_rows(env: dict[str, str], tmp_path: Path, postgres: Postgres) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*BOOK], extrasaction="ignore")
    writer.writeheader()
    writer.writerow(BOOK | {"subjects": "software|craft", "description": 'Says "yes",\nand more'})
    writer.writerow(BOOK | {"isbn": isbns(1)[0], "subjects": "", "description": "", "published_year": "soon"})
    writer.writerow(BOOK | {"isbn": isbns(1)[0], "subjects": "", "description": ""})
    file = tmp_path / "books.csv"
    file.write_text(text.getvalue() + "1,2\r\n" + "x," * 30)
    run = manage(env, "import_books", str(file), check=False)
    assert "2 added" in run.stdout
    assert "3 bad" in run.stdout
    ((subjects, description),) = postgres.execute(
        "SELECT subjects, description FROM catalogue_book WHERE isbn = '9780132350884'", database="books"
    )
    assert (subjects, description) == (["software", "craft"], 'Says "yes",\nand more')


def test_an_interrupted_import_says_where_to_go_on(env: dict[str, str], tmp_path: Path) -> None:
    whole = gzip.compress(_json_lines([BOOK | {"isbn": isbn} for isbn in isbns(5000)]))
    file = tmp_path / "books.jsonl.gz"
    file.write_bytes(whole[: len(whole) - 200])
    stopped = manage(env, "import_books", str(file), check=False)
    assert "--from-line" in stopped.stderr
    line = stopped.stderr.split("--from-line ")[1].split(".")[0]
    file.write_bytes(whole)
    rest = manage(env, "import_books", str(file), "--from-line", line).stdout
    assert rest.startswith(f"{5000 - int(line) + 1} read: {5000 - int(line) + 1} added")


def test_seeding_twice_is_seeding_once(env: dict[str, str]) -> None:
    assert manage(env, "seed_books").stdout == "500 books added.\n"
    assert manage(env, "seed_books").stdout == "0 books added.\n"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode), st.just(orjson.dumps(BOOK))), max_size=8))
@pytest.mark.parametrize("name", ["books.csv", "books.jsonl"])
def test_no_file_breaks_the_import(env: dict[str, str], tmp_path: Path, django: None, name: str, lines: list[bytes]) -> None:
    from django.core.management import call_command

    file = tmp_path / name
    file.write_bytes(b"\n".join(lines))
    try:
        call_command("import_books", str(file), stdout=io.StringIO(), stderr=io.StringIO())
    except SystemExit as end:
        assert end.code in {1, 2}
