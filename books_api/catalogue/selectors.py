"""Reads. Rows come as dictionaries of what the API shows, which costs a fraction of model instances."""

from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from books_api.catalogue.errors import BookNotFound
from books_api.catalogue.models import Book

Row = dict[str, Any]

FIELDS = (
    "isbn",
    "title",
    "author",
    "publisher",
    "price",
    "published_year",
    "language",
    "subjects",
    "description",
    "created",
    "modified",
    "version",
)


def get_book(*, isbn: str) -> Row:
    """Find one book."""
    row = Book.objects.filter(isbn=isbn).values(*FIELDS).first()
    if row is None:
        raise BookNotFound
    return dict(row)


def list_books(*, q: str = "", author: str = "", publisher: str = "") -> QuerySet[Book, dict[str, Any]]:
    """Find the books that meet all that is given."""
    books: QuerySet[Book, dict[str, Any]] = Book.objects.values(*FIELDS)
    if q:
        # As people type it: words, "phrases", or, -not. No input is an error.
        books = books.filter(search=SearchQuery(q, config="english", search_type="websearch"))
    if author:
        books = books.filter(author__iexact=author)
    if publisher:
        books = books.filter(publisher__iexact=publisher)
    return books
