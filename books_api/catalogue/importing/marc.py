"""MARC 21, as libraries exchange records, and the same as XML: https://www.loc.gov/marc/bibliographic/."""

import re
from collections.abc import Iterable, Iterator
from typing import IO, Any
from xml.sax import SAXException, expatreader

from pymarc import Field, Record, XmlHandler
from pymarc.exceptions import PymarcException
from pymarc.marcxml import record_to_xml

from books_api.catalogue.importing import outcomes
from books_api.catalogue.importing.exports import Export
from books_api.catalogue.importing.outcomes import Remark, Stopped
from books_api.catalogue.importing.people import turned

# A record's names are turned here: not all of them are a person's.
EXPORT = Export("MARC", frozenset(), {}, books=frozenset({"book"}))

_END = b"\x1d"
_CHUNK = 65_536
# Five digits say how long a record is.
_LONGEST = 99_999
# The punctuation between the parts of a description (ISBD), at the end of a part.
_PUNCTUATION = " /:;,=+"
# A record is named by its number in the file.
_DAMAGED = (PymarcException, UnicodeError, ValueError, LookupError, TypeError, AttributeError)


def records(file: IO[bytes], *, utf8: bool) -> Iterator[outcomes.Record]:
    """Read MARC 21; MARC-8 and UTF-8 by what each record says, or UTF-8 throughout."""
    for number, raw in enumerate(_raw_records(file), 1):
        try:
            record = Record(raw, to_unicode=True, force_utf8=utf8, hide_utf8_warnings=True, utf8_handling="strict")
            yield outcomes.Record(number, raw, _cells(record))
        except _DAMAGED as error:
            yield outcomes.Record(number, raw, {}, Remark("is not a MARC record", str(error)))


def xml_records(file: IO[bytes]) -> Iterator[outcomes.Record]:
    """Read MARCXML piece by piece."""
    read: Any = XmlHandler()  # type: ignore[no-untyped-call]  # pymarc.marcxml is not annotated
    parser = expatreader.create_parser(1)  # noqa: S315 it loads no external entities, and Expat (2.4.1 or later) limits how others expand
    parser.setContentHandler(read)
    number = 0
    while True:
        chunk = file.read(_CHUNK)
        try:
            if chunk:
                parser.feed(chunk)
            else:
                parser.close()
        except SAXException as error:
            raise Stopped(f"the XML is broken: {error.getMessage()}, after record {number + len(read.records)}") from error
        except _DAMAGED as error:
            raise Stopped(f"the XML is not MARCXML after record {number + len(read.records)}") from error
        for record in read.records:
            number += 1
            raw: bytes = record_to_xml(record) + b"\n"  # type: ignore[no-untyped-call]  # pymarc.marcxml is not annotated
            try:
                yield outcomes.Record(number, raw, _cells(record))
            except _DAMAGED as error:
                yield outcomes.Record(number, raw, {}, Remark("is not a MARC record", str(error)))
        read.records.clear()
        if not chunk:
            return


def _raw_records(file: IO[bytes]) -> Iterator[bytes]:
    """Split at the ends of records, which hold where a length is wrong; ends of lines between them are some programs' own."""
    rest = b""
    while chunk := file.read(_CHUNK):
        *whole, rest = (rest + chunk).split(_END)
        for raw in whole:
            if raw.strip():
                yield raw.lstrip() + _END
        if len(rest) > _LONGEST:
            raise Stopped("what follows is longer than a MARC record: this is not MARC 21")
    if rest.strip():
        yield rest.lstrip()


def _cells(record: Record) -> dict[str, list[Any]]:
    """Find the fields of a book."""
    people = [_person(name) for name in _texts(record, ("100",), "abc")] + _texts(record, ("110", "111"), "ab")
    further = [field for field in record.get_fields("700", "710", "711") if not field.get_subfields("t")]
    others = [_person(_text(field, "abc")) if field.tag == "700" else _text(field, "ab") for field in further]
    publication = [field for field in record.get_fields("264") if field.indicator2 == "1"] or record.get_fields("260", "264")
    fixed = next((field.data or "" for field in record.get_fields("008")), "")
    agency, number = ("".join(field.data or "" for field in record.get_fields(tag)) for tag in ("003", "001"))
    series = record.get_fields("490", "440", "830")[:1]
    cells: dict[str, list[Any]] = {
        "kind": [_kind(str(record.leader))],
        "isbn": _each(record, "020", "a"),
        "title": _texts(record, ("245",), "abnp"),
        "author": [people[:1]] if people else [],
        "other_authors": [list(dict.fromkeys(name for name in people[1:] + others if name and name not in people[:1]))],
        "publisher": [_text(field, "b") for field in publication[:1]],
        "published_year": [*(_text(field, "c") for field in publication[:1]), fixed[7:11].replace("|", "").replace("u", "?")],
        "edition": _texts(record, ("250",), "a"),
        "series": [_text(field, "a") for field in series],
        "series_number": [_text(field, "v") for field in series],
        "pages": [text for text in _each(record, "300", "a") if any(letter.isdigit() for letter in text)],
        "call_number": _texts(record, ("050", "090", "082", "852"), "abhi"),
        "language": [*_each(record, "041", "a")[:1], fixed[35:38].replace("|", "").strip()],
        "price": [text.partition("(")[0] for text in _each(record, "020", "c")],
        "subjects": [_subjects(record)],
        "description": _texts(record, ("520",), "ab"),
        # A number without the library that gave it is another library's, too.
        "identifier": [f"{agency} {number}"] if agency and number else [],
    }
    return {name: found for name, values in cells.items() if (found := [value for value in values if value])}


def _kind(leader: str) -> str:
    """Tell printed and written text that is complete (positions 6 and 7) from maps, music, articles and periodicals."""
    return "book" if leader[6:7] in "at " and leader[7:8] in "mcd " else f"type {leader[6:8]}"


def _each(record: Record, tag: str, code: str) -> list[str]:
    return [text for field in record.get_fields(tag) for text in field.get_subfields(code)]


def _texts(record: Record, tags: Iterable[str], codes: str) -> list[str]:
    return [text for field in record.get_fields(*tags) if (text := _text(field, codes))]


def _text(field: Field, codes: str) -> str:
    """Join a field's parts as they stand."""
    return " ".join(part.strip() for part in field.get_subfields(*codes)).strip(_PUNCTUATION)


def _person(name: str) -> str:
    # A name ends in a full stop, an initial in its own.
    return turned(re.sub(r"(?<=\w\w)\.$", "", name))


def _subjects(record: Record) -> list[str]:
    found = record.get_fields("600", "610", "611", "630", "650", "651", "653", "655")
    parts = ([part.strip().rstrip(".,") for part in field.get_subfields(*"abvxyz")] for field in found)
    return list(dict.fromkeys(" -- ".join(filter(None, names)) for names in parts if any(names)))
