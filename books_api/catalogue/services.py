"""Writes. Each is one transaction, and decides under the row's lock."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from psycopg2.errors import UniqueViolation

from books_api.catalogue.errors import BookExists, BookNotFound
from books_api.catalogue.etags import Check
from books_api.catalogue.models import Book

_SHOWN = [field.name for field in Book._meta.concrete_fields if field.name != "search"]


def create_book(*, isbn: str, fields: Mapping[str, Any]) -> Book:
    """Add a book; of two requests that race, one gets BookExists."""
    try:
        return Book.objects.create(isbn=isbn, **fields)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise BookExists from error
        raise


def replace_book(*, isbn: str, fields: Mapping[str, Any], check: Check) -> tuple[Book, bool]:
    """Put a book in its place, new (True) or over the one that is there (False)."""
    # Others may create and delete it in between, any number of times.
    while True:
        with suppress(BookNotFound):
            return _change(isbn, fields, check), False
        check(None)
        with suppress(BookExists):
            return create_book(isbn=isbn, fields=fields), True


def change_book(*, isbn: str, fields: Mapping[str, Any], check: Check) -> Book:
    """Change some fields of a book."""
    return _change(isbn, fields, check)


@transaction.atomic
def delete_book(*, isbn: str, check: Check) -> None:
    """Remove a book."""
    book = _locked(isbn)
    check(book)
    book.delete()


@transaction.atomic
def _change(isbn: str, fields: Mapping[str, Any], check: Check) -> Book:
    book = _locked(isbn)
    check(book)
    for name, value in fields.items():
        setattr(book, name, value)
    book.version = F("version") + 1
    book.modified = Now()
    book.save(update_fields=[*fields, "version", "modified"])
    book.refresh_from_db(fields=["version", "modified"])
    return book


def _locked(isbn: str) -> Book:
    book = Book.objects.select_for_update().only(*_SHOWN).filter(isbn=isbn).first()
    if book is None:
        raise BookNotFound
    return book
