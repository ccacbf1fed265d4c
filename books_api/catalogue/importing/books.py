"""From a record's cells to a book that the API would take: cleaned, validated, and with a remark on all that was not plain."""

import html
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.html import strip_tags
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import ListField

from books_api.catalogue import identifiers
from books_api.catalogue.fields import Text
from books_api.catalogue.importing import isbns, languages, people, prices, years
from books_api.catalogue.importing.exports import Export
from books_api.catalogue.importing.outcomes import FileRefused, RecordRefused, Remark
from books_api.catalogue.serializers import NewBook

VALIDATORS = NewBook().fields
PAGES_UNKNOWN = "the number of pages was taken as unknown"
# What a new book has where nothing is said.
EMPTY = {name: field.get_default() for name, field in VALIDATORS.items() if not field.required} | {"language": languages.UNDETERMINED}
_FORMULA = re.compile(r'\s*="(.*)"\s*', re.DOTALL)
_ENTITY = re.compile(r"&#?\w+;")
_PAGES = re.compile(r"(\d+)\s*(?:p\b|pp\b|pages?\b|s\b|S\.|leaves\b|쪽|면|장)", re.IGNORECASE)

# A record's values by field, in the order in which they count.
Cells = Mapping[str, Sequence[Any]]


class Book(NamedTuple):
    """A book of a file: what it goes by, all its values, and which of them the file gives (the others are what a new book gets)."""

    isbn: str
    values: dict[str, Any]
    given: frozenset[str]
    remarks: tuple[Remark, ...]

    def updated(self, later: "Book") -> "Book":
        """Merge the same book of a later record over this one."""
        values = self.values | {name: later.values[name] for name in later.given}
        return Book(self.isbn, values, self.given | later.given, later.remarks)


class Cleaner:
    """Cleans the records of one file."""

    def __init__(self, export: Export, columns: Collection[str], defaults: Mapping[str, str]) -> None:
        """Take the fields that have columns, and the defaults as text; FileRefused where one is not a value of its field."""
        self._export = export
        self._columns = columns
        # A catalogue says the same words again and again: short cells are cleaned once.
        self._once = lru_cache(50_000)(lambda column, text: self._cleaned(column, (text,)))
        self._defaults: dict[str, Any] = {}
        doubts: list[Remark] = []
        try:
            self._defaults = self._values({name: [text] for name, text in defaults.items()}, doubts)
            if doubts:
                raise RecordRefused(*doubts[0])
        except RecordRefused as error:
            raise FileRefused(f"--default: {error.remark.value}: {error.remark.kind}.") from error

    def book(self, cells: Cells) -> Book:
        """Clean one record; RecordRefused where it is not a book that can be taken."""
        remarks: list[Remark] = []
        if self._export.books and (kind := _first(cells, "kind")) and kind.casefold() not in self._export.books:
            raise RecordRefused("is not a book", kind)
        number, others = self._numbers(cells, remarks)
        values = self._values(cells, remarks)
        if others:
            values["other_isbns"] = [other for other in dict.fromkeys([*values.get("other_isbns", []), *others]) if other != number]
        whole = EMPTY | self._defaults | values
        if not number:
            if "title" not in values:
                raise RecordRefused("has neither an ISBN nor a title")
            own = _first(cells, "identifier")
            number = identifiers.derived(self._export.name.split()[0], own) if own else identifiers.of_book(EMPTY | values)
        return Book(number, whole, frozenset(values), tuple(remarks))

    def _numbers(self, cells: Cells, remarks: list[Remark]) -> tuple[str, list[str]]:
        given = (one for value in cells.get("isbn", ()) for one in (value if isinstance(value, list) else [value]))
        texts = [str(one) for one in given if one is not None]
        texts += [number for value in cells.get("identifiers", ()) for number in re.findall(r"\bisbn:([\dXx-]+)", value)]
        found = isbns.found(texts)
        remarks += found.remarks
        return found.isbn, found.others

    def _values(self, cells: Cells, remarks: list[Remark]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column, cell in cells.items():
            if column not in _CLEAN or (column == "editor" and _first(cells, "author")):
                continue
            # A number without its series says nothing.
            if column == "series_number" and "series" in self._columns and not _first(cells, "series"):
                continue
            short = len(cell) == 1 and isinstance(cell[0], str) and len(cell[0]) <= _SHORT and column not in _OWN_WORDS
            found, said = self._once(column, cell[0]) if short else self._cleaned(column, cell)
            if "other_authors" in found and "other_authors" in values:
                found = found | {"other_authors": values["other_authors"] + found["other_authors"]}
            values.update(found)
            remarks += said
        if others := values.get("other_authors"):
            values["other_authors"] = [name for name in dict.fromkeys(others) if name != values.get("author")]
        return values

    def _cleaned(self, column: str, cell: Sequence[Any]) -> tuple[dict[str, Any], list[Remark]]:
        """Clean and validate one column's values, in the order in which they count: the fields that they give, and what is to be said."""
        remarks: list[Remark] = []
        found = _CLEAN[column](self, cell, remarks)
        if not isinstance(found, dict):
            found = {column: found}
        # Whoever writes JSON can say that there is nothing; an empty cell says nothing.
        whole = ((name, EMPTY[name] if value is None and name in EMPTY else value) for name, value in found.items())
        return {name: _valid(name, value) for name, value in whole}, remarks

    def text(self, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        """Take the first that says something, in one line."""
        value = _best(cell)
        return _line(value) if isinstance(value, str) else value

    def number(self, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        """Read a number in a series, which need not be one."""
        value = self.text(cell, remarks)
        return value.removesuffix(".0") if isinstance(value, str) else value

    def publication(self, cell: Sequence[Any], remarks: list[Remark]) -> dict[str, Any]:
        """Read the publisher in "Ace (2005), Edition: Reprint, 544 pages"."""
        return {"publisher": _line(str(_best(cell))).partition(" (")[0]}

    def description(self, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        """Keep its lines."""
        value = _best(cell)
        if isinstance(value, str) and self._export.html:
            value = strip_tags(re.sub(r"<(?:br|/p|/div|/li)\b[^>]*>", "\n", value))
        return _unescaped(value).strip() if isinstance(value, str) else value

    def people(self, cell: Sequence[Any], remarks: list[Remark]) -> dict[str, Any]:
        """Name the first author, and the others where there are some."""
        first, *others = self.names(cell, remarks) or [""]
        return {"author": first} | ({"other_authors": others} if others else {})

    def names(self, cell: Sequence[Any], remarks: list[Remark]) -> list[Any]:
        """Read names, from all that there are."""
        found: list[Any] = []
        for value in cell:
            if isinstance(value, str):
                names = people.names(_line(value), self._export.authors)
                found += [people.turned(name) for name in names] if self._export.last_names_first else names
            elif isinstance(value, list):
                found += value
            elif value is not None:
                found.append(value)
        return found

    def price(self, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        """Read a price, with its currency where one is named."""
        value = _best(cell)
        if not isinstance(value, str):
            return value
        amount, currency, remark = prices.price(_line(value))
        remarks += [remark] if remark else []
        return {"price": amount} | ({"currency": currency} if currency else {})

    def pages(self, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        """Read a number, alone or as in "xii, 204 p."."""
        value = _best(cell)
        if not isinstance(value, str):
            return value
        text = _line(value).removesuffix(".0")
        named = _PAGES.search(text)
        digits = text if text.isdecimal() else named[1] if named else ""
        if not digits or not int(digits[:9]):
            remarks.append(Remark(PAGES_UNKNOWN, text))
            return None
        return int(digits[:9])

    def subjects(self, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        """Read subjects as this program separates them."""
        return _items(cell, self._export.subjects)

    def other_isbns(self, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        """Read what our own exports have between bars."""
        return _items(cell, r"\|")

    def currency(self, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        """Read a code or a sign."""
        value = _best(cell)
        return prices.SIGNS.get(value.strip(), value.strip()) if isinstance(value, str) else value


def _text_by(read: Callable[[str], tuple[Any, Remark | None]]) -> Callable[[Cleaner, Sequence[Any], list[Remark]], Any]:
    """Clean a column by a function that reads its text."""

    def clean(cleaner: Cleaner, cell: Sequence[Any], remarks: list[Remark]) -> Any:
        value = _best(cell)
        if not isinstance(value, str):
            return value
        found, remark = read(_line(value))
        remarks += [remark] if remark else []
        return found

    return clean


# A column that is not here is read with others (isbn), or is not a field.
_CLEAN: dict[str, Callable[[Cleaner, Sequence[Any], list[Remark]], Any]] = {
    "title": Cleaner.text,
    "author": Cleaner.people,
    "editor": Cleaner.people,
    "other_authors": Cleaner.names,
    "publisher": Cleaner.text,
    "publication": Cleaner.publication,
    "price": Cleaner.price,
    "currency": Cleaner.currency,
    "published_year": _text_by(years.year),
    "edition": Cleaner.text,
    "series": Cleaner.text,
    "series_number": Cleaner.number,
    "pages": Cleaner.pages,
    "call_number": Cleaner.text,
    "other_isbns": Cleaner.other_isbns,
    "language": _text_by(languages.language),
    "subjects": Cleaner.subjects,
    "description": Cleaner.description,
}
# Each book has words of its own here.
_OWN_WORDS = {"title", "description"}
_SHORT = 100


def _items(cell: Sequence[Any], separator: str) -> Any:
    """Read a list, from all that there are; each item once."""
    found: list[Any] = []
    for value in cell:
        if isinstance(value, str):
            found += [item for item in map(_line, re.split(separator, value)) if item]
        elif isinstance(value, list):
            found += value
        elif value is not None:
            return value
    return found if any(not isinstance(item, str) for item in found) else list(dict.fromkeys(found))


def _first(cells: Cells, name: str) -> Any:
    return _best(cells.get(name, (None,)))


def _best(cell: Sequence[Any]) -> Any:
    """Take the first that says something; where none does, the first."""
    return cell[0] if len(cell) == 1 else next((value for value in cell if value not in (None, "")), cell[0])


def _unescaped(text: str) -> str:
    """Undo what programs do to a text: ="..." around it, entities of HTML, letters taken apart."""
    if "=" in text and (formula := _FORMULA.fullmatch(text)):
        text = formula[1]
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _line(text: str) -> str:
    return " ".join(_unescaped(text).split())


def _valid(name: str, value: Any) -> Any:
    """Validate as the API does; what is plain text of a right length is not worth asking."""
    if _is_plain(name, value):
        return value
    try:
        return VALIDATORS[name].run_validation(value)
    except ValidationError as error:
        place, detail = next(_details(name, error.detail))
        raise RecordRefused(f"{place} {_SENTENCES.get(str(detail.code)) or _said(str(detail))}", value) from error


def _is_plain(name: str, value: Any) -> bool:
    longest = _LONGEST.get(name)
    if longest is None:
        return False
    if isinstance(value, list):
        return len(value) <= longest and all(isinstance(item, str) and _is_plain(f"{name}.", item) for item in value)
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable() and value[0] != " " != value[-1]


# The longest text of a field, and of the items of a list ("subjects."). What is printable has neither NUL nor surrogates.
_LONGEST: dict[str, int | None] = {name: field.max_length for name, field in VALIDATORS.items() if type(field) is Text}
for _name, _field in VALIDATORS.items():
    if isinstance(_field, ListField) and type(_field.child) is Text:
        _LONGEST |= {_name: _field.max_length, f"{_name}.": _field.child.max_length}
_SENTENCES = {"blank": "is blank", "null": "is null", "invalid": "is not valid"}


def _said(detail: str) -> str:
    """Say of a named field what the framework says of "this field"."""
    return detail.replace("Ensure this field has ", "must have ").replace("Ensure this value is ", "must be ").removesuffix(".")


def _details(place: str, detail: Any) -> Iterator[tuple[str, ErrorDetail]]:
    """Flatten nested errors: {"subjects": {0: ["..."]}} is of subjects.0."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _details(f"{place}.{key}", inner)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _details(place, inner)
    else:
        yield place, detail
