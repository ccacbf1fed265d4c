"""CSV and its kin: which separator, and where a record ends although quotes are missing.

The csv module takes a record apart. What it cannot see is that a quote which nothing closes has swallowed the records after it.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from books_api.catalogue.importing.outcomes import Remark

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# A cell that is longer was never closed.
_MOST_LINES = 200
_MOST_CHARACTERS = 100_000

UNCLOSED = "opens a quote that nothing closes: close it, or double it where it belongs to the text"
STRAY = "has a quote inside a cell: double the quote, and put the cell in quotes"
TOO_LONG = "has a cell of more than 100,000 characters"

Line = tuple[int, str]


class Row(NamedTuple):
    """A record of a table."""

    line: int
    raw: str
    cells: list[str]
    problem: Remark | None = None


def separator(header: str) -> str:
    """Find it in the header, whose names hold neither of them."""
    if "\t" in header:
        return "\t"
    try:
        return csv.Sniffer().sniff(header, delimiters=",;|").delimiter
    except csv.Error:
        return ","


def header(lines: Iterator[Line]) -> tuple[Row, str] | None:
    """Read the names of the columns, and the separator; None where all lines are blank."""
    for number, line in lines:
        if line.strip().lower().startswith("sep=") and len(line.strip()) == 5:
            # A spreadsheet's own note for itself.
            continue
        if line.strip():
            found = separator(line)
            try:
                cells = _parsed(line, found)
            except (_Unclosed, _Malformed):
                cells = line.rstrip("\r\n").split(found)
            return Row(number, line, [cell.strip() for cell in cells]), found
    return None


def rows(lines: Iterator[Line], separator: str, width: int, is_record: Callable[[list[str]], bool]) -> Iterator[Row]:
    """Take the records apart; what is_record says of a line's cells decides whether a quote has swallowed it.

    Each line that is not blank is in one row. A row that cannot be taken apart has a problem, and the line after it starts the next.
    """
    ahead: deque[Line] = deque()

    def following() -> Line | None:
        return ahead.popleft() if ahead else next(lines, None)

    while first := following():
        number, line = first
        if not line.strip():
            continue
        plain = line.rstrip("\r\n").split(separator)
        if '"' not in line:
            yield _row(number, line, plain, width)
            continue
        held = [first]
        try:
            cells = _closed(held, following, separator)
            if any(_is_whole(other, separator, width, is_record) for _, other in held[1:]):
                raise _Malformed(UNCLOSED)
            yield _row(number, "".join(text for _, text in held), cells, width)
        except _Malformed as error:
            ahead.extendleft(reversed(held[1:]))
            # Who separates by tabs seldom quotes: there these are quotes of the text.
            tabs = separator == "\t" and len(plain) == width
            yield Row(number, line, plain, None if tabs else Remark(str(error)))


def _closed(held: list[Line], following: Callable[[], Line | None], separator: str) -> list[str]:
    """Take lines until all quotes are closed."""
    text = held[0][1]
    while True:
        # A line without a quote closes none.
        if '"' in held[-1][1]:
            try:
                return _parsed(text, separator)
            except _Unclosed:
                pass
        another = following() if len(held) < _MOST_LINES and len(text) < _MOST_CHARACTERS else None
        if another is None:
            raise _Malformed(UNCLOSED)
        held.append(another)
        text += another[1]


def _is_whole(line: str, separator: str, width: int, is_record: Callable[[list[str]], bool]) -> bool:
    """Whether a line inside a quoted cell is a record by itself."""
    try:
        cells = _parsed(line, separator)
    except (_Unclosed, _Malformed):
        return False
    return len(cells) == width and is_record(cells)


def _row(number: int, raw: str, cells: list[str], width: int) -> Row:
    # Spreadsheets write separators up to the end of the widest row.
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) == width:
        return Row(number, raw, cells)
    advice = ": a separator in a text wants quotes around the text" if len(cells) > width else ""
    return Row(number, raw, cells, Remark(f"has {len(cells)} cells, the header {width}{advice}"))


class _Malformed(Exception):
    """Not CSV, however one reads it."""


class _Unclosed(Exception):
    """CSV that wants another line."""


def _parsed(text: str, separator: str) -> list[str]:
    """Take one record apart. A quote in a text is doubled; where that makes no sense, it is escaped."""
    failed: Exception | None = None
    for escape in (None, "\\") if '\\"' in text else (None,):
        # A reader wants lines; the ends of those inside a cell stay what they were.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, escapechar=escape, strict=True)
        try:
            return next(reader, [])
        except csv.Error as error:
            unclosed = "unexpected end of data" in str(error)
            if not isinstance(failed, _Unclosed):
                failed = _Unclosed() if unclosed else _Malformed(TOO_LONG if "field limit" in str(error) else STRAY)
    raise failed or _Unclosed
