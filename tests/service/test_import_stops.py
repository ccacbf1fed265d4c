"""Imports that are stopped: each says how to go on, and going on is right."""

import gzip
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import orjson
import psycopg2
import pytest

from local.postgres import Postgres
from tests.service.process import BOOK, ROOT, environment, isbns, manage

COUNT = 10_000


@pytest.fixture
def env(database_url: str, postgres: Postgres) -> dict[str, str]:
    postgres.execute("TRUNCATE catalogue_book", database="books")
    return environment(DATABASE_URL=database_url)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of many books, of which each hundredth is bad."""
    file = tmp_path_factory.mktemp("stops") / "books.jsonl"
    years = ((isbn, 3000 if place % 100 == 99 else 2000) for place, isbn in enumerate(isbns(COUNT)))
    rows = ({"isbn": isbn, "title": "Any", "published_year": year} for isbn, year in years)
    file.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return file


def _count(postgres: Postgres) -> int:
    ((count,),) = postgres.execute("SELECT count(*) FROM catalogue_book", database="books")
    assert isinstance(count, int)
    return count


def _start(env: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "books_api/manage.py", "import_books", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _wait_for(postgres: Postgres, count: int) -> None:
    deadline = time.monotonic() + 60
    while _count(postgres) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _go_on(env: dict[str, str], said: str) -> "subprocess.CompletedProcess[str]":
    command = re.search(r"Go on with: (import_books .*)\.$", said, re.MULTILINE)
    assert command, said
    return manage(env, *shlex.split(command[1]), check=False)


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM", "connection"])
def test_a_stop_says_how_to_go_on_and_nothing_is_lost_or_doubled(
    env: dict[str, str], postgres: Postgres, whole: Path, tmp_path: Path, way: str
) -> None:
    rejects = tmp_path / "rejects.jsonl"
    running = _start(env, str(whole), "--rejects", str(rejects))
    _wait_for(postgres, 2000)
    if way == "connection":
        ours = "application_name LIKE 'books%' AND datname = 'books' AND pid <> pg_backend_pid()"
        postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
    else:
        running.send_signal(signal.SIGINT if way == "Ctrl-C" else signal.SIGTERM)
    out, said = running.communicate(timeout=60)
    assert running.returncode == 1, said
    assert "Traceback" not in said, said
    assert ("the connection to the database was lost" if way == "connection" else "Stopped: interrupted") in said
    done = _count(postgres)
    assert done < COUNT
    assert f"{done} added" in out, "what is reported is what is committed"
    rest = _go_on(env, said)
    assert _count(postgres) == COUNT - COUNT // 100
    assert f"{COUNT - COUNT // 100 - done} added" in rest.stdout
    numbers = [orjson.loads(line)["isbn"] for line in rejects.read_bytes().splitlines()]
    assert numbers == isbns(COUNT)[99::100], "each reject once"


def test_somebody_elses_lock_is_waited_for_and_then_named(env: dict[str, str], postgres: Postgres, whole: Path, tmp_path: Path) -> None:
    file = tmp_path / "books.jsonl"
    file.write_bytes(b"".join(whole.read_bytes().splitlines(keepends=True)[:10]))
    holder = psycopg2.connect(postgres.url("books", "master"))
    script = """
import django, sys
django.setup()
from books_api.catalogue.importing import loading
loading.LOCK_TIMEOUT = "300ms"
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_books", sys.argv[1]])
"""
    with holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE catalogue_book IN SHARE MODE")
        settings = env | {"DJANGO_SETTINGS_MODULE": "books_api.settings"}
        command = [sys.executable, "-c", script, str(file)]
        run = subprocess.run(command, cwd=ROOT, env=settings, text=True, capture_output=True, check=False)
    holder.close()
    assert run.returncode == 1
    assert "somebody else held" in run.stderr
    assert "--from-line 1." in run.stderr
    assert _go_on(env, run.stderr).stdout.startswith("10 read: 10 added")


def test_a_database_that_is_away_is_one_sentence(whole: Path) -> None:
    run = manage(environment(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"), "import_books", str(whole), check=False)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "Stopped: the connection to the database was lost" in run.stderr
    assert "--from-line 1." in run.stderr


def test_a_damaged_archive_is_refused(env: dict[str, str], postgres: Postgres, whole: Path, tmp_path: Path) -> None:
    file = tmp_path / "books.jsonl.gz"
    packed = bytearray(gzip.compress(whole.read_bytes()))
    packed[len(packed) // 2] ^= 0xFF
    file.write_bytes(packed)
    run = manage(env, "import_books", str(file), check=False)
    assert (run.returncode, _count(postgres)) == (2, 0), "what comes out may look like books"
    assert "books.jsonl.gz: it is damaged" in run.stderr


def test_two_imports_and_editors_at_once_lose_nothing(env: dict[str, str], postgres: Postgres, tmp_path: Path) -> None:
    numbers = isbns(3000)
    files = [tmp_path / "prices.csv", tmp_path / "pages.csv"]
    orders = (numbers, numbers[::-1])
    for file, column, order in zip(files, ("price", "pages"), orders, strict=True):
        file.write_text(f"isbn,title,{column}\n" + "".join(f"{isbn},{BOOK['title']},7\n" for isbn in order))
    stop = threading.Event()

    def edit() -> None:
        connection = psycopg2.connect(postgres.url("books", "master"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            while not stop.wait(0.01):
                cursor.execute("UPDATE catalogue_book SET edition = 'edited' WHERE isbn = %s", [numbers[5]])
        connection.close()

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        running = [_start(env, str(file)) for file in files]
        said = [process.communicate(timeout=120)[1] for process in running]
    finally:
        stop.set()
        editor.join()
    assert [process.returncode for process in running] == [0, 0], said
    rows = postgres.execute("SELECT count(*), min(price), min(pages), max(edition) FROM catalogue_book", database="books")
    assert [(count, int(str(price).split(".")[0]), pages, edition) for count, price, pages, edition in rows] == [(3000, 7, 7, "edited")]
