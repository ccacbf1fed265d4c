"""Pages by key: the next page starts after the last row's key, so that page ten thousand costs what the first costs."""

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

import orjson
from django.db.models import Exists, F
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleLessThan,
    TupleLessThanOrEqual,
)
from rest_framework import serializers

from books_api.catalogue import fields
from books_api.catalogue.selectors import Filters, Row, candidates, filtered, row
from books_api.runtime.compiled import Statement

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from books_api.catalogue.models import Book

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
DEFAULT_ORDERING = "title"

# What may be ordered by (each has an index), and what a cursor may hold for it.
_KEYS: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "isbn": fields.Text(max_length=13),
    "title": fields.Text(max_length=300, trim_whitespace=False),
    "published_year": fields.Year(allow_null=True),
    "created": serializers.DateTimeField(),
}
ORDERINGS = [sign + key for key in _KEYS for sign in ("", "-")]
# Where a book's is not known, the book comes after all others, whatever the direction.
_MAY_BE_UNKNOWN = {"published_year"}
# Stand for the values at a cursor and at the last book to look at while SQL is compiled; where a column takes text, any text does.
_STAND_INS: dict[str, tuple[Any, Any]] = {
    "published_year": (-1, -2),
    "created": (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)),
}
# A page of a search looks at so many books, however frequent the words are.
SEARCHED = 5000
# The planner does not know how many books have all these words, side by side: for once it is told which index to use.
_BY_WORDS = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; "
_IN_ORDER = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; "


@dataclass(frozen=True)
class Cursor:
    """A place between two rows, and the direction to read in from there."""

    ordering: str
    backwards: bool
    value: Any
    isbn: str

    def encode(self) -> str:
        """As it goes into a link."""
        return base64.urlsafe_b64encode(orjson.dumps([self.ordering, self.backwards, self.value, self.isbn])).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Self:
        """From a link, which anybody may have written: every part is checked."""
        try:
            ordering, backwards, value, isbn = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if ordering not in ORDERINGS or not isinstance(backwards, bool):
                raise ValueError(text)
            return cls(ordering, backwards, _KEYS[ordering.removeprefix("-")].run_validation(value), _KEYS["isbn"].run_validation(isbn))
        except (ValueError, TypeError, serializers.ValidationError) as error:
            raise serializers.ValidationError({"cursor": "Not a cursor from a link of this list."}) from error


@dataclass(frozen=True)
class Page:
    """Rows, and the cursors of the pages around them."""

    rows: list[Row]
    next: Cursor | None
    previous: Cursor | None


@dataclass(frozen=True)
class Way:
    """How a list is read: in which order and direction, from a cursor or from its start, up to a last book or to its end."""

    ordering: str
    backwards: bool
    from_cursor: bool
    to_last: bool = False
    # Which part of the list, of an order in which books may have no place of their own.
    known: bool | None = None

    def books(self, filters: Filters) -> "QuerySet[Book, tuple[Any, ...]]":
        """Find what is on the way. The row comparison (title, isbn) > (...) is one range of the index."""
        descending = self.ordering.startswith("-") != self.backwards
        columns = self._columns()
        books = filtered(filters).order_by(*(f"-{column}" if descending else column for column in columns))
        if self.known is not None:
            books = books.filter(**{f"{self.ordering.removeprefix('-')}__isnull": not self.known})
        if self.from_cursor:
            beyond = TupleLessThan if descending else TupleGreaterThan
            books = books.filter(beyond(Tuple(*map(F, columns)), self._stand_ins(0)))
        if self.to_last:
            within = TupleGreaterThanOrEqual if descending else TupleLessThanOrEqual
            books = books.filter(within(Tuple(*map(F, columns)), self._stand_ins(1)))
        return books

    def names(self, filters: Filters) -> dict[Any, str]:
        """Say which values of a request the stand-ins stand for."""
        names: dict[Any, str] = {name: name for name in vars(filters)}
        width = len(self._columns())
        names |= zip(self._stand_ins(0), ("value", "isbn")[-width:], strict=True)
        names |= zip(self._stand_ins(1), ("last_value", "last_isbn")[-width:], strict=True)
        return names

    def _columns(self) -> tuple[str, ...]:
        key = self.ordering.removeprefix("-")
        return ("isbn",) if key == "isbn" or self.known is False else (key, "isbn")

    def _stand_ins(self, place: int) -> tuple[Any, ...]:
        return tuple(_STAND_INS[column][place] if column in _STAND_INS else f"{column} {place}" for column in self._columns())


def page(filters: Filters, *, ordering: str, cursor: Cursor | None, size: int) -> Page:
    """Read one page, and one row more to know whether another follows; a cursor knows the order that it was made in.

    A search that the index leaves too many books for looks at some of them; its page may be short, or empty, with others to follow.
    """
    found: list[Row] = []
    last: tuple[Any, ...] | None = None
    ways = _ways(cursor.ordering if cursor else ordering, cursor)
    for way in ways:
        rows, last = _read(filters, way, cursor, size)
        found += rows
        if last or len(found) > size:
            break
    way = ways[0]
    more, found = len(found) > size, found[:size]
    key = way.ordering.removeprefix("-")
    if more:
        last = found[-1][key], found[-1]["isbn"]
    onwards = Cursor(way.ordering, way.backwards, *last) if last else None
    first = (found[0][key], found[0]["isbn"]) if found else last
    back = Cursor(way.ordering, not way.backwards, *first) if cursor and first else None
    return Page(found[::-1], next=back, previous=onwards) if way.backwards else Page(found, next=onwards, previous=back)


def _ways(ordering: str, cursor: Cursor | None) -> list[Way]:
    """Find the parts of the list from here on: each is one range of an index, and is read where the one before it ends too soon."""
    backwards = cursor is not None and cursor.backwards
    if ordering.removeprefix("-") not in _MAY_BE_UNKNOWN:
        return [Way(ordering, backwards, cursor is not None)]
    parts = [False, True] if backwards else [True, False]
    if cursor:
        parts = parts[parts.index(cursor.value is not None) :]
    return [Way(ordering, backwards, cursor is not None and place == 0, known=known) for place, known in enumerate(parts)]


def _read(filters: Filters, way: Way, cursor: Cursor | None, size: int) -> tuple[list[Row], tuple[Any, ...] | None]:
    """Read on one way: the rows, and where a search has stopped looking."""
    # Which of the filters there are decides the SQL, what they say does not.
    shape = Filters(*(name if value else "" for name, value in vars(filters).items()))
    values = vars(filters) | (vars(cursor) if cursor else {})
    rows = _page(shape, way, size).rows(**values)
    last: tuple[Any, ...] | None = None
    if filters.q and not rows and _beyond_searched(shape).rows(**values):
        if ends := _last_searched(replace(shape, q=""), way).rows(**values):
            way, last = replace(way, to_last=True), ends[0]
            values |= {"last_value": last[0], "last_isbn": last[1]}
        rows = _page_in_order(shape, way, size).rows(**values)
    return [row(columns) for columns in rows], last


@lru_cache(1024)
def _page(shape: Filters, way: Way, size: int) -> Statement:
    """Compile the query of all pages of this shape; of a search it finds nothing where too many books would have to be looked at."""
    if not shape.q:
        return _page_in_order(shape, way, size)
    books = way.books(shape).filter(~Exists(_beyond(shape)))
    return Statement.compile(books[: size + 1], way.names(shape), _BY_WORDS)


@lru_cache(1024)
def _page_in_order(shape: Filters, way: Way, size: int) -> Statement:
    return Statement.compile(way.books(shape)[: size + 1], way.names(shape), _IN_ORDER if shape.q else "")


@lru_cache(1024)
def _last_searched(shape: Filters, way: Way) -> Statement:
    """Compile the query for the last book that a search may look at on its way."""
    books = way.books(shape).values_list(way.ordering.removeprefix("-"), "isbn")
    return Statement.compile(books[SEARCHED - 1 : SEARCHED], way.names(shape), _IN_ORDER)


@cache
def _beyond_searched(shape: Filters) -> Statement:
    return Statement.compile(_beyond(shape), {name: name for name in vars(shape)}, _BY_WORDS)


def _beyond(shape: Filters) -> "QuerySet[Book, tuple[Any, ...]]":
    """Find a book where a search would have to look at more books than it may."""
    return candidates(shape)[SEARCHED : SEARCHED + 1]


def link(base: str, query: dict[str, str], cursor: Cursor | None) -> str | None:
    """Give the address of the page at this cursor."""
    return None if cursor is None else f"{base}/books?{urlencode(query | {'cursor': cursor.encode()})}"
