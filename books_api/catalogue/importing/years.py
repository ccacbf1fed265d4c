"""The year in what a cell says of a date. Astronomical: 0 is 1 BC."""

import re
from functools import lru_cache

from books_api.catalogue.importing.outcomes import RecordRefused, Remark

UNKNOWN = "the year is not certain, and was taken as unknown"
PROBABLE = "the year is probable, and was taken as it is"
FIRST = "of several years the first was taken"

_NONE = re.compile(r"[\s?\-\u2013\u2014.]*|n\.?\s?d\.?|s\.?\s?a\.?|o\.?\s?j\.?|n/a|none|null|nan|unknown|undated|미상", re.IGNORECASE)
_NUMBER = re.compile(r"(-?\d{1,4})(?:\.0*)?")
_BC = re.compile(r"(\d{1,4})\s*(?:b\.?\s?c\.?(?:\s?e\.?)?|v\.?\s?chr\.?)", re.IGNORECASE)
_ISO = re.compile(r"(-?\d{4})-\d{2}(?:-\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})[01]\d[0-3]\d")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
# 201?, 19--, 199-]
_UNCERTAIN = re.compile(r"(?<!\d)\d{1,3}[?\-\u2013\u2014_u]{1,3}(?!\d)")
# Calibre's date for books without one.
_UNDEFINED = "0101-01-01"


@lru_cache(4096)
def year(text: str) -> tuple[int | None, Remark | None]:
    """Find the year, None where it is unknown; RecordRefused where the text speaks of something else."""
    bare = text.strip().strip("[](){}.,; ")
    if number := _NUMBER.fullmatch(bare):
        # Programs write 0 where they know none; who means 1 BC writes that.
        return (int(number[1]), None) if int(number[1]) else (None, Remark(UNKNOWN, text))
    if before := _BC.fullmatch(bare):
        return 1 - int(before[1]), None
    if bare.startswith(_UNDEFINED) or _NONE.fullmatch(bare):
        return None, Remark(UNKNOWN, text)
    if found := [date[1]] if (date := _ISO.fullmatch(bare) or _COMPACT.fullmatch(bare)) else _YEAR.findall(bare):
        return int(found[0]), _doubt(text, found)
    if _UNCERTAIN.search(bare):
        return None, Remark(UNKNOWN, text)
    raise RecordRefused("is not a year", text)


def _doubt(text: str, found: list[str]) -> Remark | None:
    if len(set(found)) > 1:
        return Remark(FIRST, text)
    return Remark(PROBABLE, text) if "?" in text or "ca." in text.lower() else None
