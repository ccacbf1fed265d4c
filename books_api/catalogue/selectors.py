"""Reads. Rows come as dictionaries of what the API shows, which costs a fraction of model instances."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import CharField, Func, Q, QuerySet, Value
from django.db.models.lookups import Exact
from orjson import Fragment

from books_api.catalogue.errors import BookNotFound
from books_api.catalogue.models import Book
from books_api.runtime.compiled import Statement

Row = dict[str, Any]
Rows = QuerySet[Book, tuple[Any, ...]]

FIELDS = (
    "isbn",
    "other_isbns",
    "title",
    "author",
    "other_authors",
    "publisher",
    "price",
    "currency",
    "published_year",
    "edition",
    "series",
    "series_number",
    "pages",
    "call_number",
    "language",
    "subjects",
    "description",
    "created",
    "modified",
    "version",
)


@dataclass(frozen=True)
class Filters:
    """What a list is limited to; empty is everything."""

    q: str = ""
    author: str = ""
    publisher: str = ""


def get_book(*, isbn: str) -> Row:
    """Find one book."""
    found = _by_isbn().rows(isbn=isbn)
    if not found:
        raise BookNotFound
    return row(found[0])


def filtered(filters: Filters) -> Rows:
    """Find the books that meet all that is given."""
    books = Book.objects.values_list(*FIELDS)
    if filters.q:
        books = books.filter(search=_Query(filters.q))
    if filters.author:
        books = books.filter(author__iexact=filters.author)
    if filters.publisher:
        books = books.filter(publisher__iexact=filters.publisher)
    return books


def candidates(filters: Filters) -> Rows:
    """Find the books that the index leaves to a search: all that have its words, and all books where it only excludes some."""
    words = _Words(filters.q)
    only_excludes = Exact(Func(words, function="querytree", output_field=CharField()), Value("T"))
    return filtered(replace(filters, q="")).values_list("isbn").filter(Q(search=words) | Q(only_excludes))


class _Query(SearchQuery):
    """As people type it: words, "phrases", or, -not. No input is an error."""

    def __init__(self, text: str) -> None:
        super().__init__(text, config="english", search_type="websearch")


class _Words(_Query):
    """The same without the order of words in phrases, of which the index knows nothing."""

    def as_sql(self, *arguments: Any, **options: Any) -> tuple[str, Any]:
        """Put "and" in the place of "followed by"."""
        sql, parameters = super().as_sql(*arguments, **options)
        return rf"regexp_replace({sql}::text, '<(-|\d+)>', '&', 'g')::tsquery", parameters


def row(values: tuple[Any, ...]) -> Row:
    """Name the columns; the lists are JSON already, and go into the answer as they are."""
    named = dict(zip(FIELDS, values, strict=True))
    for name in ("subjects", "other_authors", "other_isbns"):
        named[name] = Fragment(named[name])
    return named


@cache
def _by_isbn() -> Statement:
    return Statement.compile(Book.objects.filter(isbn="isbn").values_list(*FIELDS), {"isbn": "isbn"})
