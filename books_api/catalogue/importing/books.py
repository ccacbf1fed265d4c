"""From a record's cells to a book that the API would take: cleaned, validated, and with a remark on all that was not plain."""

import html
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Book:
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
        self._defaults: dict[str, Any] = {}
        try:
            self._defaults = self._values({name: [text] for name, text in defaults.items()}, [])
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
            number = identifiers.derived(self._export.name.split()[0], own) if own else identifiers.of_book(whole)
        return Book(number, whole, frozenset(values), tuple(remarks))

    def _numbers(self, cells: Cells, remarks: list[Remark]) -> tuple[str, list[str]]:
        texts = [str(value) for value in cells.get("isbn", ()) if value is not None]
        texts += [number for value in cells.get("identifiers", ()) for number in re.findall(r"\bisbn:([\dXx-]+)", value)]
        found = isbns.found(texts)
        remarks += found.remarks
        return found.isbn, found.others

    def _values(self, cells: Cells, remarks: list[Remark]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in cells:
            name = "publisher" if column == "publication" else column
            # A number without its series says nothing.
            if name == "series_number" and "series" in self._columns and not _first(cells, "series"):
                continue
            if clean := _CLEAN.get(column):
                value = clean(self, name, cells, remarks)
                # Whoever writes JSON can say that there is nothing; an empty cell says nothing.
                values[name] = EMPTY.get(name) if value is None and name in EMPTY else value
        self._people(cells, values)
        self._price(cells, values, remarks)
        return {name: _valid(name, value) for name, value in values.items()}

    def _people(self, cells: Cells, values: dict[str, Any]) -> None:
        """Name the first author and the others; editors where there is no author."""
        for column in ("author", "editor"):
            if column in cells:
                found = self._names(cells[column])
                if found or column == "author":
                    values["author"], others = (found[0], found[1:]) if found else ("", [])
                    if others:
                        values["other_authors"] = others
                if found:
                    break
        if "other_authors" in cells:
            further = self._names(cells["other_authors"])
            values["other_authors"] = list(dict.fromkeys([*values.get("other_authors", []), *further]))

    def _names(self, cells: Sequence[Any]) -> list[Any]:
        found: list[Any] = []
        for cell in cells:
            if isinstance(cell, str):
                names = people.names(_line(cell), self._export.authors)
                found += [people.turned(name) for name in names] if self._export.last_names_first else names
            elif isinstance(cell, list):
                found += cell
            elif cell is not None:
                found.append(cell)
        return found

    def _price(self, cells: Cells, values: dict[str, Any], remarks: list[Remark]) -> None:
        if "price" not in values or not isinstance(values["price"], str):
            return
        amount, currency, remark = prices.price(values["price"])
        values["price"] = amount
        if currency:
            values["currency"] = currency
        if remark:
            remarks.append(remark)

    def text(self, name: str, cells: Cells, remarks: list[Remark]) -> Any:
        """Take the first that says something, in one line."""
        value = _first(cells, name)
        if not isinstance(value, str):
            return value
        text = _line(value)
        return text.removesuffix(".0") if name == "series_number" else text

    def publication(self, name: str, cells: Cells, remarks: list[Remark]) -> Any:
        """Read the publisher in "Ace (2005), Edition: Reprint, 544 pages"."""
        return _line(str(_first(cells, "publication"))).partition(" (")[0]

    def description(self, name: str, cells: Cells, remarks: list[Remark]) -> Any:
        """Keep its lines."""
        value = _first(cells, name)
        if isinstance(value, str) and self._export.html:
            value = strip_tags(re.sub(r"<(?:br|/p|/div|/li)\b[^>]*>", "\n", value))
        return _unescaped(value).strip() if isinstance(value, str) else value

    def year(self, name: str, cells: Cells, remarks: list[Remark]) -> Any:
        """Read a date."""
        value = _first(cells, name)
        if not isinstance(value, str):
            return value
        found, remark = years.year(_line(value))
        if remark:
            remarks.append(remark)
        return found

    def pages(self, name: str, cells: Cells, remarks: list[Remark]) -> Any:
        """Read a number, alone or as in "xii, 204 p."."""
        value = _first(cells, name)
        if not isinstance(value, str):
            return value
        text = _line(value).removesuffix(".0")
        named = _PAGES.search(text)
        digits = text if text.isdecimal() else named[1] if named else ""
        if not digits or not int(digits[:9]):
            remarks.append(Remark(PAGES_UNKNOWN, text))
            return None
        return int(digits[:9])

    def language(self, name: str, cells: Cells, remarks: list[Remark]) -> Any:
        """Read a code or a name."""
        value = _first(cells, name)
        if not isinstance(value, str):
            return value
        code, remark = languages.language(_line(value))
        if remark:
            remarks.append(remark)
        return code

    def items(self, name: str, cells: Cells, remarks: list[Remark]) -> Any:
        """Read a list, from all its columns; each item once."""
        separator = r"\|" if name == "other_isbns" else self._export.subjects
        found: list[Any] = []
        for cell in cells[name]:
            if isinstance(cell, str):
                found += [item for item in (_line(part) for part in re.split(separator, cell)) if item]
            elif isinstance(cell, list):
                found += cell
            elif cell is not None:
                return cell
        return found if any(not isinstance(item, str) for item in found) else list(dict.fromkeys(found))

    def currency(self, name: str, cells: Cells, remarks: list[Remark]) -> Any:
        """Read a code or a sign."""
        value = _first(cells, name)
        return prices.SIGNS.get(value.strip(), value.strip()) if isinstance(value, str) else value


_CLEAN: dict[str, Callable[[Cleaner, str, Cells, list[Remark]], Any]] = {
    **dict.fromkeys(("title", "publisher", "price", "edition", "series", "series_number", "call_number"), Cleaner.text),
    **dict.fromkeys(("subjects", "other_isbns"), Cleaner.items),
    "description": Cleaner.description,
    "published_year": Cleaner.year,
    "pages": Cleaner.pages,
    "language": Cleaner.language,
    "currency": Cleaner.currency,
    "publication": Cleaner.publication,
}


def _first(cells: Cells, name: str) -> Any:
    """Take the first that says something; where none does, the first."""
    values = cells.get(name, (None,))
    if len(values) == 1:
        return values[0]
    return next((value for value in values if value not in (None, "")), values[0])


def _unescaped(text: str) -> str:
    """Undo what programs do to a text: ="..." around it, entities of HTML, letters taken apart."""
    if "=" in text and (formula := _FORMULA.fullmatch(text)):
        text = formula[1]
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _line(text: str) -> str:
    if text.isascii() and text.isprintable() and "  " not in text and "=" not in text and "&" not in text:
        # As nearly all are, at a third of the cost.
        return text.strip()
    return " ".join(_unescaped(text).split())


def _valid(name: str, value: Any) -> Any:
    """Validate as the API does; what is plain text of a right length is not worth asking."""
    if _is_plain(name, value):
        return value
    try:
        return VALIDATORS[name].run_validation(value) if isinstance(value, list | dict) else _validated(name, value)
    except ValidationError as error:
        place, detail = next(_details(name, error.detail))
        raise RecordRefused(f"{place} {_SENTENCES.get(str(detail.code), detail)}", value) from error


# Years, languages and prices come again and again; 1 and true are not the same.
@lru_cache(10_000, typed=True)
def _validated(name: str, value: Any) -> Any:
    return VALIDATORS[name].run_validation(value)


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
_SENTENCES = {"blank": "is blank", "null": "is null", "invalid": "is not valid", "max_length": "is too long"}


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
