"""Pages by key: the next page starts after the last row's key, so that page ten thousand costs what the first costs."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, Self
from urllib.parse import urlencode

import orjson
from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from rest_framework import serializers

from books_api.catalogue import fields
from books_api.catalogue.selectors import Filters, Row, Rows, filtered, row
from books_api.runtime.compiled import Statement

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
# Where a book's is not known, the book comes after all others, whatever the direction.
_MAY_BE_UNKNOWN = {"published_year"}
# Stand for a cursor's value while SQL is compiled; where a column takes text, its name does.
_STAND_INS: dict[str, Any] = {"published_year": -9999, "created": datetime(1, 1, 1, tzinfo=UTC)}
ORDERINGS = [sign + key for key in _KEYS for sign in ("", "-")]


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


def page(filters: Filters, *, ordering: str, cursor: Cursor | None, size: int) -> Page:
    """Read one page, and one row more to know whether another follows; a cursor knows the order that it was made in."""
    ordering = cursor.ordering if cursor else ordering
    backwards = cursor is not None and cursor.backwards
    # Which of the filters there are decides the SQL, what they say does not.
    shape = Filters(*(name if value else "" for name, value in vars(filters).items()))
    found: list[Row] = []
    for statement in _statements(shape, ordering, backwards, _place(cursor), size):
        found += [row(values) for values in statement.rows(**vars(filters), **(vars(cursor) if cursor else {}))]
        if len(found) > size:
            break
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    key = ordering.removeprefix("-")

    def beside(book: Row, *, to_previous: bool) -> Cursor:
        return Cursor(ordering, to_previous, book[key], book["isbn"])

    has_next, has_previous = (bool(found), more) if backwards else (more, cursor is not None and bool(found))
    return Page(
        found,
        next=beside(found[-1], to_previous=False) if has_next else None,
        previous=beside(found[0], to_previous=True) if has_previous else None,
    )


_Place = Literal["the start", "a value", "an unknown value"]


def _place(cursor: Cursor | None) -> _Place:
    if cursor is None:
        return "the start"
    return "an unknown value" if cursor.value is None else "a value"


@lru_cache(1024)
def _statements(shape: Filters, ordering: str, backwards: bool, place: _Place, size: int) -> list[Statement]:
    """Compile the queries of all pages of this shape: ranges of an index, each to be read on from where the one before it ends too soon."""
    key = ordering.removeprefix("-")
    descending = ordering.startswith("-") != backwards
    columns = ("isbn",) if key == "isbn" else (key, "isbn")
    stand_ins = {name: name for name in ("isbn", *vars(shape))} | {_STAND_INS.get(key, key): "isbn" if key == "isbn" else "value"}

    def after(rows: Rows, *columns: str) -> Rows:
        """Limit rows to those after the cursor's: the row comparison (title, isbn) > (...) is one range of the index."""
        beyond = TupleLessThan if descending else TupleGreaterThan
        return rows.filter(beyond(Tuple(*map(F, columns)), tuple(_STAND_INS.get(column, column) for column in columns)))

    books = filtered(shape)
    if key in _MAY_BE_UNKNOWN:
        known, unknown = books.filter(**{f"{key}__isnull": False}), books.filter(**{f"{key}__isnull": True})
        if place == "a value":
            ranges = [after(known, *columns)] if backwards else [after(known, *columns), unknown]
        elif place == "an unknown value":
            ranges = [after(unknown, "isbn"), known] if backwards else [after(unknown, "isbn")]
        else:
            ranges = [known, unknown]
    else:
        ranges = [books if place == "the start" else after(books, *columns)]
    order = [f"-{column}" if descending else column for column in columns]
    return [Statement.compile(rows.order_by(*order)[: size + 1], stand_ins) for rows in ranges]


def link(base: str, query: dict[str, str], cursor: Cursor | None) -> str | None:
    """Give the address of the page at this cursor."""
    return None if cursor is None else f"{base}/books?{urlencode(query | {'cursor': cursor.encode()})}"
