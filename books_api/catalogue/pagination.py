"""Pages by key: the next page starts after the last row's key, so that page ten thousand costs what the first costs."""

import base64
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

import orjson
from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from rest_framework import serializers

from books_api.catalogue import fields
from books_api.catalogue.selectors import Row

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
DEFAULT_ORDERING = "title"

# What may be ordered by (each has an index), and what a cursor may hold for it.
_KEYS: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "isbn": fields.Text(max_length=13),
    "title": fields.Text(max_length=300, trim_whitespace=False),
    "published_year": fields.Year(min_value=0, max_value=32767),
    "created": serializers.DateTimeField(),
}
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


def page(rows: "QuerySet[Model, dict[str, Any]]", *, ordering: str, cursor: Cursor | None, size: int) -> Page:
    """Read one page, and one row more to know whether another follows; a cursor knows the order that it was made in."""
    ordering = cursor.ordering if cursor else ordering
    key = ordering.removeprefix("-")
    backwards = cursor is not None and cursor.backwards
    descending = ordering.startswith("-") != backwards
    if cursor is not None:
        after = TupleLessThan if descending else TupleGreaterThan
        # The row comparison (title, isbn) > (...) is one range of the index.
        columns, values = (("isbn",), (cursor.isbn,)) if key == "isbn" else ((key, "isbn"), (cursor.value, cursor.isbn))
        rows = rows.filter(after(Tuple(*map(F, columns)), values))
    columns = ("isbn",) if key == "isbn" else (key, "isbn")
    found = list(rows.order_by(*(f"-{column}" if descending else column for column in columns))[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()

    def beside(row: Row, *, to_previous: bool) -> Cursor:
        return Cursor(ordering, to_previous, row[key], row["isbn"])

    has_next, has_previous = (bool(found), more) if backwards else (more, cursor is not None and bool(found))
    return Page(
        found,
        next=beside(found[-1], to_previous=False) if has_next else None,
        previous=beside(found[0], to_previous=True) if has_previous else None,
    )


def link(base: str, query: dict[str, str], cursor: Cursor | None) -> str | None:
    """Give the address of the page at this cursor."""
    return None if cursor is None else f"{base}/books?{urlencode(query | {'cursor': cursor.encode()})}"
