"""Writes. Each is one transaction, and decides under the row's lock."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from psycopg2.extras import Json, execute_values

from books_api.catalogue.errors import BookExists, BookNotFound
from books_api.catalogue.etags import Check
from books_api.catalogue.models import Book

_FIELDS = [field for field in Book._meta.concrete_fields if field.name != "search"]
_SHOWN = [field.name for field in _FIELDS]
_GIVEN = [name for name in _SHOWN if name not in {"isbn", "created", "modified", "version"}]
_DEFAULTS = {field.name: field.get_default() for field in _FIELDS if field.name in _GIVEN}
# The ORM's upsert can neither count versions nor leave alone what is the same already.
_UPSERT = """
INSERT INTO catalogue_book AS old (isbn, {columns}) VALUES %s
ON CONFLICT (isbn) DO UPDATE SET ({columns}, version, modified) = ROW ({new}, old.version + 1, now())
WHERE ({old}) IS DISTINCT FROM ({new})
RETURNING xmax = 0
""".format(columns=", ".join(_GIVEN), old=", ".join(f"old.{name}" for name in _GIVEN), new=", ".join(f"EXCLUDED.{name}" for name in _GIVEN))


def create_book(*, isbn: str, fields: Mapping[str, Any]) -> Book:
    """Add a book; of two requests that race, one gets BookExists."""
    try:
        return Book.objects.create(isbn=isbn, **fields)
    except IntegrityError as error:
        raise BookExists from error


def replace_book(*, isbn: str, fields: Mapping[str, Any], check: Check) -> tuple[Book, bool]:
    """Put a book in its place, new (True) or over the one that is there (False)."""
    try:
        return _change(isbn, fields, check), False
    except BookNotFound:
        check(None)
    try:
        return create_book(isbn=isbn, fields=fields), True
    except BookExists:
        # Somebody else created it in between; now there is one to replace.
        return _change(isbn, fields, check), False


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


def import_books(rows: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """Add or replace many books in one statement; how many were added, and how many changed. The same again changes nothing."""
    values = [[row["isbn"], *(_plain(row.get(name, default)) for name, default in _DEFAULTS.items())] for row in rows]
    with connection.cursor() as cursor:
        # psycopg2's own cursor: Django's cannot tell one placeholder for many rows.
        outcome = execute_values(cursor.cursor, _UPSERT, values, page_size=len(values), fetch=True)
    added = sum(new for (new,) in outcome)
    return added, len(outcome) - added


def _plain(value: Any) -> Any:
    return Json(value) if isinstance(value, list) else value
