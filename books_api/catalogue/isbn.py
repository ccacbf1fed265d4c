"""ISBNs in one canonical form: thirteen digits."""

from stdnum import isbn
from stdnum.exceptions import ValidationError


class NotAnISBN(ValueError):
    """The text is no ISBN-10 and no ISBN-13, or its check digit is wrong."""


def canonical(text: str) -> str:
    """Thirteen digits from either form, with or without hyphens."""
    try:
        number: str = isbn.validate(text, convert=True)
    except ValidationError as error:
        raise NotAnISBN(text) from error
    return number
