"""Books into the table: COPY into a table of the session's own, and MERGE from there, a transaction for each batch.

What a book's file does not give stays as it is stored; a book that is the same already is not touched.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from django.db import Error, connection, transaction
from psycopg2 import sql

from books_api.catalogue.importing.books import Book
from books_api.catalogue.importing.columns import FIELDS

# A request waits 10 s; nobody waits for a batch, and long descriptions are slow to index.
STATEMENT_TIMEOUT = "5min"
LOCK_TIMEOUT = "1min"
# Somebody else has added the same book, or holds books in another order: the batch is right when it is done again.
_TRANSIENT = {"23505", "40P01", "40001"}
_ATTEMPTS = 5

_VALUES = [name for name in FIELDS if name != "isbn"]
_BIT = {name: 1 << place for place, name in enumerate(_VALUES)}
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _columns(*table: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(*table, name) for name in _VALUES)


_COLUMNS = _columns()
_NEW = sql.SQL(", ").join(
    sql.SQL("CASE WHEN incoming.given & {} <> 0 THEN {} ELSE {} END").format(
        sql.Literal(_BIT[name]), sql.Identifier("incoming", name), sql.Identifier("book", name)
    )
    for name in _VALUES
)
_DIFFERS = sql.SQL("({}) IS DISTINCT FROM ({})").format(_columns("book"), _NEW)

_LIMIT = "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)"
_PREPARE = sql.SQL("""
-- A batch is small, the table is not: each book is looked up by its key, whatever the statistics of a table that is being filled say.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_seqscan = off;
CREATE TEMPORARY TABLE incoming ON COMMIT DELETE ROWS AS
SELECT 0 AS line, 0 AS given, isbn, {} FROM catalogue_book WITH NO DATA;
CREATE TEMPORARY TABLE seen (isbn varchar(13) PRIMARY KEY, line integer, title text);
""").format(_COLUMNS)
_COPY = sql.SQL("COPY incoming (line, given, isbn, {}) FROM STDIN").format(_COLUMNS)
_REPEATED = """
SELECT seen.line, seen.title, incoming.line, incoming.title FROM incoming JOIN seen USING (isbn) ORDER BY incoming.line
"""
# An update of a book that is not there.
_INCOMPLETE = """
DELETE FROM incoming WHERE given & %s = 0
AND NOT EXISTS (SELECT FROM catalogue_book AS book WHERE book.isbn = incoming.isbn)
AND NOT EXISTS (SELECT FROM seen WHERE seen.isbn = incoming.isbn)
RETURNING line
"""
_MERGE = sql.SQL("""
WITH merged AS (
    MERGE INTO catalogue_book AS book USING incoming ON book.isbn = incoming.isbn
    WHEN MATCHED AND {differs} THEN UPDATE SET ({columns}, version, modified) = ROW ({new}, book.version + 1, now())
    WHEN NOT MATCHED THEN INSERT (isbn, {columns}) VALUES (incoming.isbn, {incoming})
    RETURNING merge_action() AS action, book.isbn AS isbn
)
SELECT count(*) FILTER (WHERE action = 'INSERT'), count(*) FILTER (WHERE action = 'UPDATE' AND seen.isbn IS NULL)
FROM merged LEFT JOIN seen USING (isbn)
""").format(differs=_DIFFERS, columns=_COLUMNS, new=_NEW, incoming=_columns("incoming"))
_COMPARE = sql.SQL("""
SELECT count(*) FILTER (WHERE book.isbn IS NULL AND seen.isbn IS NULL),
    count(*) FILTER (WHERE book.isbn IS NOT NULL AND seen.isbn IS NULL AND {})
FROM incoming LEFT JOIN catalogue_book AS book USING (isbn) LEFT JOIN seen USING (isbn)
""").format(_DIFFERS)
_REMEMBER = """
INSERT INTO seen AS old SELECT isbn, line, title FROM incoming
ON CONFLICT (isbn) DO UPDATE SET line = EXCLUDED.line, title = coalesce(EXCLUDED.title, old.title)
"""


class Repeated(NamedTuple):
    """A book that was in the file before: where, and how it was called."""

    earlier_line: int
    earlier_title: str | None
    line: int
    title: str | None


class Outcome(NamedTuple):
    """What became of a batch: how many books were added and changed, the lines of those that are not there to be updated, and the repeated.

    A repeated book counts as neither added nor changed.
    """

    added: int
    changed: int
    incomplete: list[int]
    repeated: list[Repeated]


class Loader:
    """Loads in a session of its own, which belongs to the thread that opens it."""

    def __init__(self, *, dry_run: bool) -> None:
        self._dry_run = dry_run
        self._session: Any = None

    def open(self) -> None:
        """Prepare the session."""
        with connection.cursor() as cursor:
            cursor.execute(_LIMIT, [STATEMENT_TIMEOUT, LOCK_TIMEOUT])
            cursor.execute(_PREPARE)
        self._session = connection.connection

    def close(self) -> None:
        """Give the session back, with all that is its own."""
        connection.close()

    def cancel(self) -> None:
        """End the statement that is running; this alone is for another thread."""
        if self._session:
            self._session.cancel()

    def load(self, books: Sequence[tuple[int, Book]]) -> Outcome:
        """Add or merge books, with their lines, each ISBN once; all of them or none."""
        rows = "".join(_row(line, book) for line, book in books)
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._load(rows)
            except Error as error:
                if getattr(error.__cause__, "pgcode", None) not in _TRANSIENT:
                    raise
        return self._load(rows)

    @transaction.atomic
    def _load(self, rows: str) -> Outcome:
        with connection.cursor() as cursor:
            # Django's cursor passes this on as it is, errors included.
            with connection.wrap_database_errors:
                cursor.copy_expert(_COPY, io.StringIO(rows))
            cursor.execute(_REPEATED)
            repeated = [Repeated(*found) for found in cursor.fetchall()]
            cursor.execute(_INCOMPLETE, [_BIT["title"]])
            incomplete = [line for (line,) in cursor.fetchall()]
            cursor.execute(_COMPARE if self._dry_run else _MERGE)
            added, changed = cursor.fetchone()
            cursor.execute(_REMEMBER)
        return Outcome(added, changed, incomplete, repeated)


def _row(line: int, book: Book) -> str:
    values = map(_field, map(book.values.get, _VALUES))
    return "\t".join((str(line), _mask(book.given), book.isbn, *values)) + "\n"


@lru_cache
def _mask(given: frozenset[str]) -> str:
    return str(sum(_BIT[name] for name in given))


def _field(value: Any) -> str:
    """Write a value for COPY."""
    if value is None:
        return "\\N"
    text = orjson.dumps(value).decode() if isinstance(value, list) else str(value)
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)
