"""What the database must do: use its indexes wherever the page is, and migrate without disturbing the version that runs."""

import re
import subprocess
import sys

import pytest

from tests.service.postgres import Postgres
from tests.service.process import ROOT, environment, manage

BOOKS = 20_000


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
    return [
        "\n".join(str(line) for (line,) in postgres.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", database="big")) for statement in sql
    ]


def _pages(url: str, *queries: str) -> list[str]:
    """The SQL of one page for each of these: ordering, place of the cursor (0 to 1), filters."""
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
