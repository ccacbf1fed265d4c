"""What the database must do: use its indexes wherever the page is, and migrate without disturbing the version that runs."""

import json
import re
import subprocess
import sys

import pytest

from local.postgres import Postgres
from tests.service.process import ROOT, environment, manage

BOOKS = 20_000
# What the page about the service says.
SEARCHED = 5000


@pytest.fixture(scope="module")
def big_catalogue(postgres: Postgres, database_url: str) -> str:
    """A database of its own with enough books for the planner to care."""
    postgres.execute("CREATE DATABASE big OWNER master")
    url = postgres.url("big", "master")
    manage(environment(DATABASE_URL=url), "migrate_safely")
    manage(environment(DATABASE_URL=url), "seed_books", "--count", str(BOOKS))
    postgres.execute("VACUUM ANALYZE catalogue_book", database="big")
    return url


def _plans(postgres: Postgres, sql: list[str]) -> list[str]:
    """The plans of these statements, as they are run."""
    plans = []
    for statement in sql:
        settings, _, select = statement.rpartition("; ")
        lines = postgres.execute(f"{settings}; EXPLAIN (ANALYZE, BUFFERS) {select}", database="big")
        plans.append("\n".join(str(line) for (line,) in lines))
    return plans


def _pages(url: str, *queries: str) -> list[str]:
    """The SQL of one page for each of these: ordering, place of the cursor (0 to 1), filters. Of a search, what it finds by."""
    script = """
import sys, django; django.setup()
from datetime import datetime, UTC
from books_api.catalogue import pagination, selectors
from books_api.catalogue.models import Book
from django.db import connection
for query in sys.argv[1:]:
    ordering, place, *filters = query.split(";")
    key = ordering.removeprefix("-")
    rows = Book.objects.order_by(ordering, "-isbn" if ordering[0] == "-" else "isbn").values_list(key, "isbn")
    cursor = float(place) and pagination.Cursor(ordering, False, *rows[int(float(place) * Book.objects.count())])
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    pagination.page(selectors.Filters(**dict(f.split("=") for f in filters)), ordering=ordering, cursor=cursor or None, size=20)
    print(connection.queries_log[-1]["sql"].replace("\\n", " "))
    connection.force_debug_cursor = False
"""
    env = environment(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="books_api.settings")
    run = subprocess.run([sys.executable, "-c", script, *queries], env=env, cwd=ROOT, check=True, capture_output=True, text=True)
    return run.stdout.splitlines()


def _rows_and_buffers(plan: str) -> tuple[int, int]:
    match = re.search(r"Buffers: shared (?:hit=(\d+))?(?: read=(\d+))?", plan)
    assert match
    return len(plan), sum(int(count or 0) for count in match.groups())


@pytest.mark.parametrize("ordering", ["isbn", "title", "-title", "published_year", "-created"])
def test_a_page_costs_the_same_wherever_it_is(big_catalogue: str, postgres: Postgres, ordering: str) -> None:
    first, deep = _plans(postgres, _pages(big_catalogue, f"{ordering};0", f"{ordering};0.9"))
    for plan in (first, deep):
        assert "Index Scan" in plan
        assert "Seq Scan" not in plan
        assert "Sort Key" not in plan
        assert "Rows Removed" not in plan, "the cursor is a range of the index, and no filter"
    assert _rows_and_buffers(deep)[1] < _rows_and_buffers(first)[1] + 20


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("title;0;author=ada euler", "book_author"),
        ("title;0.5;author=ada euler", "book_author"),
        ("title;0.5;publisher=springer", "book_publisher"),
        ("title;0;q=volume 77 cartography", "book_search"),
    ],
)
def test_filters_and_search_use_their_indexes(big_catalogue: str, postgres: Postgres, query: str, index: str) -> None:
    (plan,) = _plans(postgres, _pages(big_catalogue, query))
    assert index in plan
    assert "Seq Scan" not in plan


_SEARCHES = """
import json, os, sys, django; django.setup()
from books_api.catalogue import pagination, selectors
from books_api.catalogue.models import Book
from django.db import connection
connection.force_debug_cursor = True
for query in sys.argv[1:]:
    connection.queries_log.clear()
    filters = selectors.Filters(q=query)
    page = pagination.page(filters, ordering="title", cursor=None, size=1000)
    sql = [entry["sql"].replace("\\n", " ") for entry in connection.queries_log]
    isbns = [row["isbn"] for row in page.rows]
    while page.next:
        page = pagination.page(filters, ordering="title", cursor=page.next, size=1000)
        isbns += [row["isbn"] for row in page.rows]
    back, ends_in_books = [], bool(page.rows)
    while page.previous:
        page = pagination.page(filters, ordering="title", cursor=page.previous, size=1000)
        back += [row["isbn"] for row in reversed(page.rows)]
    expected = list(selectors.filtered(filters).order_by("title", "isbn").values_list("isbn", flat=True))
    assert isbns == expected, query
    # All but those of the page from which the way back began.
    assert back == list(reversed(expected[:len(back)])), query
    assert not ends_in_books or len(back) > len(expected) - 1001, query
    print(json.dumps([len(expected), sql]))
"""


def test_no_search_looks_at_more_books_than_it_may_and_none_is_left_out(big_catalogue: str, postgres: Postgres) -> None:
    """All books have the words volume and students, never side by side."""
    queries = [
        "volume",
        '"volume students"',
        '"linear algebra"',
        "linguistics ethics",
        "volume -students",
        "-ethics",
        "ethics or -volume",
        "it",
    ]
    env = environment(DATABASE_URL=big_catalogue, DJANGO_SETTINGS_MODULE="books_api.settings")
    run = subprocess.run([sys.executable, "-c", _SEARCHES, *queries], env=env, cwd=ROOT, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    found, statements = zip(*map(json.loads, run.stdout.splitlines()), strict=True)
    assert [count > 0 for count in found] == [True, False, True, True, False, True, True, False]
    for query, sql in zip(queries, statements, strict=True):
        for plan in _plans(postgres, sql):
            rows = re.findall(r"(?:Scan using book_title|Bitmap Heap Scan).*actual time=\S+ rows=(\d+)", plan)
            removed = re.findall(r"Rows Removed by (?:Filter|Index Recheck): (\d+)", plan)
            # Once to see whether there are more, and once for the page.
            assert sum(map(int, rows + removed)) <= SEARCHED + 1 + SEARCHED, (query, plan)


def test_a_book_is_found_by_its_key(big_catalogue: str, postgres: Postgres) -> None:
    (plan,) = _plans(postgres, ["SELECT * FROM catalogue_book WHERE isbn = '9780000000002' LIMIT 1"])
    assert "Index Scan" in plan


def test_models_and_migrations_agree() -> None:
    assert "No changes detected" in manage(environment(), "makemigrations", "--check", "--dry-run").stdout


def test_the_settings_pass_djangos_own_checks() -> None:
    run = manage(environment(), "check", "--deploy", "--fail-level", "WARNING", check=False)
    assert run.returncode == 0, run.stderr


def test_migrations_are_backward_compatible(database_url: str) -> None:
    """The version that runs during a deployment has the schema of the next."""
    env = environment(DATABASE_URL=database_url, DJANGO_SETTINGS_MODULE="tests.service.migration_lint", PYTHONPATH=str(ROOT))
    run = manage(env, "lintmigrations", "--database", "owner", "--sql-analyser", "postgresql", "--no-cache", check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.returncode == 0, run.stdout
