"""The names in a cell, in their order."""

import re

# Jefferson, Thomas, 1743-1826 [Editor]
_DATE = r"(?:(?:ca\.?|approximately|active)\s*)?\d{3,4}\??(?:\s?BCE?)?"
_DATES = re.compile(rf",?\s*\(?{_DATE}\s*-\s*(?:{_DATE})?\)?\s*$")
_ROLE = re.compile(r"\s*\[[^\]]*\]\s*$")


def names(cell: str, separator: str) -> list[str]:
    """Split at the separator, a regular expression; each name once."""
    parts = (" ".join(part.split()) for part in re.split(separator, cell))
    return list(dict.fromkeys(part for part in parts if part))


def turned(name: str) -> str:
    """Put the first name first, and leave out years of life and roles: "Knuth, Donald E., 1938-" is Donald E. Knuth."""
    bare = _DATES.sub("", _ROLE.sub("", name)).strip(" ,")
    last, comma, first = bare.partition(",")
    # More than one comma is a title or a Jr., whose place differs.
    return f"{first.strip()} {last.strip()}" if comma and first.strip() and "," not in first else bare
