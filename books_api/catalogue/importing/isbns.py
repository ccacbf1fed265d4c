"""The ISBNs in a cell, or in several: whole, in company, or as a spreadsheet has left them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from books_api.catalogue import identifiers, isbn
from books_api.catalogue.importing.outcomes import RecordRefused, Remark

RESTORED = "the leading zeros of the ISBN, which a spreadsheet had taken, were restored"
ROUNDED = "a spreadsheet has rounded the ISBN, and its last digits are lost: format the column as text, and export it again"
LEFT_OUT = "a number beside the ISBN, which is not an ISBN itself, was left out"
KEPT = "further ISBNs were kept with the book"
_CHECK = "the check digit of the ISBN is wrong"
_NOT_ONE = "is not an ISBN"

# What people write where there is none.
_NONE = re.compile(r"[\s\-\u2013\u2014.?0x]*|n\.?/?a\.?|none|nil|null|nan|unknown|no isbn|s\.?n\.?|없음", re.IGNORECASE)
_BETWEEN = re.compile(r"[;,|/\n]+")
# (pbk.), [set]: what kind of edition a number is for.
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]\d]*\]")
_PREFIX = re.compile(r"^\s*(?:e-?)?isbn(?:[- ]?1[03])?\s*(?:no\.?)?\s*[:.]?\s*", re.IGNORECASE)
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
_SHORTENED = re.compile(r"\d{6,8}[\dXx]")


class Found(NamedTuple):
    """The ISBN of a record (empty where it has none), its others, and what was done to get them."""

    isbn: str
    others: list[str]
    remarks: list[Remark]


def found(cells: Iterable[str]) -> Found:
    """Find the ISBNs of a record; RecordRefused where there are numbers, and none of them is one."""
    cells = list(cells)
    if len(cells) == 1 and len(cells[0]) == 13 and cells[0].isdecimal() and cells[0].startswith("97"):
        # Nearly all are so.
        number, failure = _number(cells[0])
        if failure:
            raise RecordRefused(*failure)
        return Found(number, [], [])
    numbers: list[str] = []
    remarks: list[Remark] = []
    failures: list[Remark] = []
    for cell in cells:
        for number, remark in _in_cell(cell):
            if number and number not in numbers:
                numbers.append(number)
                if remark:
                    remarks.append(remark)
            elif not number and remark:
                failures.append(remark)
    if not numbers:
        if failures:
            raise RecordRefused(*failures[0])
        return Found("", [], [])
    remarks += [Remark(LEFT_OUT, failure.value) for failure in failures]
    if len(numbers) > 1:
        remarks.append(Remark(KEPT, ", ".join(numbers[1:])))
    return Found(numbers[0], numbers[1:], remarks)


def _in_cell(cell: str) -> list[tuple[str, Remark | None]]:
    # LibraryThing's brackets, and a spreadsheet's ="..." around what is to stay text.
    text = cell.strip().removeprefix("=").strip("'\"[] \t")
    if _NONE.fullmatch(text):
        return []
    if _ROUNDED.fullmatch(text):
        return [("", Remark(ROUNDED, text))]
    pieces = [piece for piece in (_PREFIX.sub("", _ASIDE.sub(" ", part)).strip() for part in _BETWEEN.split(text)) if piece]
    numbers: list[tuple[str, Remark | None]] = []
    for piece in pieces:
        if _NONE.fullmatch(piece):
            continue
        whole = _number(piece)
        words = piece.split()
        if not whole[0] and len(words) > 1:
            parts = [_number(word) for word in words]
            # Spaces inside one number, or between several.
            numbers += [part for part in parts if part[0]] or [whole]
        else:
            numbers.append(whole)
    return numbers


def _number(text: str) -> tuple[str, Remark | None]:
    """Read one number: as an ISBN, or with what is wrong with it."""
    plain = text if text.isdecimal() else re.sub(r"[\s\-\u2010-\u2015.]", "", text.removesuffix(".0"))
    shortened = bool(_SHORTENED.fullmatch(plain))
    try:
        number = identifiers.canonical(plain.zfill(10) if shortened else plain)
    except isbn.NotAnISBN:
        pass
    else:
        return number, Remark(RESTORED, text) if shortened else None
    return "", Remark(_CHECK if re.fullmatch(r"\d{9}[\dXx]|97[89]\d{10}", plain) else _NOT_ONE, text)
