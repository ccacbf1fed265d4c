"""ETags from a book's version, and the preconditions of a request held against them."""

from collections.abc import Callable
from datetime import datetime

from django.utils.http import parse_etags

from books_api.catalogue.errors import PreconditionFailed
from books_api.catalogue.models import Book

# Raises where the caller's precondition does not hold; None stands for "there is no such book".
Check = Callable[[Book | None], None]


def etag(version: int, created: datetime) -> str:
    """Name the version; the time of creation tells a book from its namesake that was deleted."""
    return f'"{version}-{int(created.timestamp() * 1_000_000):x}"'


def not_modified(current: str, if_none_match: str) -> bool:
    """Whether the caller holds this version (weak comparison: intermediaries may have marked it W/)."""
    held = parse_etags(if_none_match)
    return "*" in held or current in (tag.removeprefix("W/") for tag in held)


def precondition(if_match: str | None, if_none_match: str | None) -> Check:
    """Make a check for use under the row's lock."""

    def check(book: Book | None) -> None:
        current = None if book is None else etag(book.version, book.created)
        if if_match is not None:
            expected = parse_etags(if_match)
            if current is None or not ("*" in expected or current in expected):
                raise PreconditionFailed
        if if_none_match is not None and current is not None and not_modified(current, if_none_match):
            raise PreconditionFailed

    return check
