"""What a book goes by: its ISBN, or where it has none an identifier of ours, of the same length."""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from books_api.catalogue import isbn

# N and sixty bits: no ISBN starts with a letter, and of ten million books two are alike once in 20,000 catalogues.
PATTERN = r"N[A-Z2-7]{12}"
_OURS = re.compile(PATTERN)


def canonical(text: str) -> str:
    """Give the one form of an ISBN or of an identifier of ours; raises NotAnISBN for all else."""
    ours = text.strip().upper()
    return ours if _OURS.fullmatch(ours) else isbn.canonical(text)


def derived(*parts: object) -> str:
    """Make the identifier of a book without an ISBN: the same from the same words, so that who adds the book again finds it."""
    words = "\x1f".join(" ".join(unicodedata.normalize("NFKC", str(part)).casefold().split()) for part in parts)
    return "N" + base64.b32encode(hashlib.sha256(words.encode()).digest())[:12].decode()


def of_book(fields: Mapping[str, Any]) -> str:
    """Make the identifier from what tells a book from others of its title."""
    return derived(*(fields[name] for name in ("title", "author", "publisher", "published_year", "edition", "series_number")))
