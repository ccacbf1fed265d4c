"""The commands of docs/restore.md that copy rows back, run as they stand there between two real servers."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg2
import pytest

from local.postgres import Postgres
from tests.service.process import BOOK, ROOT, Service, isbns, make_database

AUSTEN, OTHER, LATER = isbns(3)
FIELDS = {name: value for name, value in BOOK.items() if name not in ("isbn", "author")}


class Pair(NamedTuple):
    """A database that runs, another with what it held at an earlier time, and a folder to type in."""

    running: Postgres
    restored: Postgres
    folder: Path

    def type(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Type commands, with the variables that the page tells to set."""
        shell = f"{VARIABLES}\n{script}"
        urls = {"running": self.running.url("books", "master"), "restored": self.restored.url("books", "master")}
        env = {"PATH": f"{self.running.bin}:{os.environ['PATH']}", **urls}
        return subprocess.run(["sh", "-euc", shell], check=False, cwd=self.folder, env=env, capture_output=True, text=True)

    def titles(self) -> dict[str, str]:
        """What runs holds."""
        return {str(isbn): str(title) for isbn, title in self.running.execute("SELECT isbn, title FROM catalogue_book", database="books")}


BLOCKS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "restore.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
VARIABLES, TAKE, PUT, WHOLE = BLOCKS


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Postgres, Postgres]]:
    """Two, of which the second is made first: a restored database is an older one."""
    both = Postgres().initialize().start(), Postgres().initialize().start()
    for server in both:
        make_database(server)
    yield both
    for server in both:
        server.remove()


@pytest.fixture
def pair(servers: tuple[Postgres, Postgres], tmp_path: Path) -> Pair:
    """Alike; then somebody writes to the one that runs: a book is damaged, another one added."""
    running, restored = servers
    for server in servers:
        server.execute("TRUNCATE catalogue_book", database="books")
    with Service(DATABASE_URL=running.url("books", "master")) as service:
        for isbn, author in ((AUSTEN, "Jane Austen"), (OTHER, "Mary Shelley")):
            assert service.request("PUT", f"/books/{isbn}", json=FIELDS | {"author": author}).status_code == 201
        # As a restore would bring them: the same rows, with the same times.
        rows = running.execute("SELECT isbn, title, author, publisher, price, created FROM catalogue_book", database="books")
        for row in rows:
            insert(restored, row)
        assert service.request("PUT", f"/books/{AUSTEN}", json=FIELDS | {"author": "Jane Austen", "title": "Damaged"}).status_code == 200
        assert service.request("PUT", f"/books/{LATER}", json=FIELDS | {"author": "New"}).status_code == 201
    return Pair(running, restored, tmp_path)


def insert(server: Postgres, row: tuple[object, ...]) -> None:
    """Put a row there."""
    connection = psycopg2.connect(server.url("books", "master"))
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogue_book (isbn, title, author, publisher, price, created, published_year, language, subjects)"
            " VALUES (%s, %s, %s, %s, %s, %s, 2008, 'en', '[\"engineering, \\\"soft\\\"\"]')",
            row,
        )
    connection.close()


def etag(pair: Pair) -> str:
    """What a client of the running service holds of the book."""
    with Service(DATABASE_URL=pair.running.url("books", "master")) as service:
        return service.get(f"/books/{AUSTEN}").headers["ETag"]


def test_damaged_rows_come_back(pair: Pair) -> None:
    held = etag(pair)
    done = pair.type(TAKE + PUT)
    assert done.returncode == 0, done.stderr
    # The damaged one alone: what others wrote since stays.
    assert pair.titles() == {AUSTEN: BOOK["title"], OTHER: BOOK["title"], LATER: BOOK["title"]}
    with Service(DATABASE_URL=pair.running.url("books", "master")) as service:
        book = service.get(f"/books/{AUSTEN}")
        assert book.json()["subjects"] == ['engineering, "soft"']
        assert service.request("DELETE", f"/books/{AUSTEN}", headers={"If-Match": held}).status_code == 412
        # Found by its words, which PostgreSQL derives.
        assert AUSTEN in service.get("/books", params={"q": "engineering"}).text
        assert service.request("PUT", f"/books/{AUSTEN}", json=FIELDS | {"author": "Jane Austen"}).status_code == 200


def test_deleted_rows_come_back(pair: Pair) -> None:
    held = etag(pair)
    pair.running.execute(f"DELETE FROM catalogue_book WHERE isbn = '{AUSTEN}'", database="books")
    assert pair.type(TAKE + PUT).returncode == 0
    assert pair.titles() == {AUSTEN: BOOK["title"], OTHER: BOOK["title"], LATER: BOOK["title"]}
    # The version that the client holds is never used again.
    with Service(DATABASE_URL=pair.running.url("books", "master")) as service:
        assert service.request("PUT", f"/books/{AUSTEN}", json=FIELDS | {"author": "Jane Austen"}).status_code == 200
    assert etag(pair) != held


def test_a_table_comes_back(pair: Pair) -> None:
    pair.running.execute("TRUNCATE catalogue_book", database="books")
    done = pair.type(WHOLE)
    assert done.returncode == 0, done.stderr
    assert pair.titles() == {AUSTEN: BOOK["title"], OTHER: BOOK["title"]}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda pair: pair.type(f"{TAKE}\nsed -i s/isbn,title/title,isbn/ rows.csv\n{PUT}"), id="columns"),
        pytest.param(lambda pair: pair.type(f"{TAKE}\nsed -i s/39.90/-1/ rows.csv\n{PUT}"), id="price"),
        pytest.param(lambda pair: pair.type(WHOLE), id="rows that are there"),
    ],
)
def test_all_or_nothing(pair: Pair, spoil: Callable[[Pair], "subprocess.CompletedProcess[str]"]) -> None:
    before = pair.titles()
    assert spoil(pair).returncode != 0
    assert pair.titles() == before
