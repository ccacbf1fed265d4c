"""MARC 21 and MARCXML, written by the library that libraries use."""

from pathlib import Path
from typing import Any

import pytest
from pymarc import Field, Indicators, Record, Subfield
from pymarc.marcxml import record_to_xml

from tests.service.process import isbns
from tests.service.test_catalogue_files import Import, imported

__all__ = ["imported"]


def _record(isbn: str = "9780306406157 (pbk.)", leader: str = "     nam a22     4a 4500") -> Any:
    record: Any = Record(force_utf8=True)
    record.leader = leader

    def add(tag: str, *parts: str, indicators: str = "  ") -> None:
        subfields = [Subfield(code, value) for code, value in zip(parts[::2], parts[1::2], strict=True)]
        record.add_field(Field(tag, Indicators(*indicators), subfields))

    record.add_field(Field("001", data="ocm123"), Field("008", data="010101s2001    xx            000 0 ger d"))
    add("020", "a", isbn, "c", "€12.50")
    add("020", "a", "0131103628")
    add("050", "a", "QA76.9", "b", ".E95")
    add("100", "a", "Éxample, Ada,", "d", "1815-1852.")
    add("245", "a", "A first course :", "b", "with exercises /", "c", "by Ada Éxample.")
    add("250", "a", "2nd ed.")
    add("264", "a", "London :", "b", "Example Press,", "c", "[2001]", indicators=" 1")
    add("300", "a", "xii, 204 p. ;", "c", "24 cm.")
    add("490", "a", "Courses ;", "v", "7")
    add("520", "a", "About\ncourses.")
    add("650", "a", "Logic", "x", "History", "y", "19th century.")
    add("700", "a", "Example, Bo.")
    add("710", "a", "Institute of Examples, London")
    return record


def _file(folder: Path, name: str, *records: Record) -> Path:
    file = folder / name
    if name.endswith(".xml"):
        file.write_bytes(b"<collection>" + b"".join(map(record_to_xml, records)) + b"</collection>")
    else:
        file.write_bytes(b"\n".join(record.as_marc() for record in records))
    return file


@pytest.mark.parametrize("name", ["books.mrc", "books.xml"])
def test_a_record_becomes_a_book(imported: Import, tmp_path: Path, name: str) -> None:
    done = imported(_file(tmp_path, name, _record()))
    book: dict[str, Any] = done.books["9780306406157"]
    expected = {
        "other_isbns": ["9780131103627"],
        "title": "A first course : with exercises",
        "author": "Ada Éxample",
        "other_authors": ["Bo Example", "Institute of Examples, London"],
        "publisher": "Example Press",
        "price": 12.5,
        "currency": "EUR",
        "published_year": 2001,
        "edition": "2nd ed.",
        "series": "Courses",
        "series_number": "7",
        "pages": 204,
        "call_number": "QA76.9 .E95",
        "language": "de",
        "subjects": ["Logic -- History -- 19th century"],
        "description": "About\ncourses.",
    }
    assert {name: book[name] for name in expected} == expected
    assert done.status == 0
    assert imported(_file(tmp_path, name, _record())).books == done.books


@pytest.mark.parametrize("name", ["books.mrc", "books.xml"])
def test_rejected_records_can_be_corrected_and_imported(imported: Import, tmp_path: Path, name: str) -> None:
    wrong, good = isbns(1)[0][:-1] + "x", isbns(2)[1]
    file, rejects = (
        _file(tmp_path, name, _record(wrong), _record(good), _record(leader="     nas a22     4a 4500")),
        tmp_path / f"rejects-{name}",
    )
    done = imported(file, "--rejects", str(rejects))
    assert set(done.books) == {good, "9780131103627"}, "the first has another ISBN that is right"
    assert "Not taken, 1 record: is not a book.\nRecord 3" in done.said
    again = imported(rejects)
    assert "1 read" in again.summary
    assert "is not a book" in again.said


def test_a_damaged_record_costs_no_other(imported: Import, tmp_path: Path) -> None:
    first, second = isbns(2)
    raw = [_record(isbn).as_marc() for isbn in (first, second)]
    file = tmp_path / "books.mrc"
    file.write_bytes(raw[0] + b"00042rubbish\x1d" + raw[1] + raw[0][:100])
    done = imported(file)
    assert set(done.books) == {first, second}
    assert "4 read: 2 added, 0 changed, 0 as they were, 2 bad." in done.summary


def test_broken_xml_says_where_it_stops(imported: Import, tmp_path: Path) -> None:
    whole = _file(tmp_path, "books.xml", _record())
    whole.write_bytes(whole.read_bytes().replace(b"</collection>", b"<record>"))
    done = imported(whole)
    assert (done.status, len(done.books)) == (1, 1)
    assert "the XML is broken" in done.said
    assert "--from-line 2." in done.said


def _with_entity(folder: Path, declarations: str) -> Path:
    """A record whose title refers to an entity."""
    file = _file(folder, "books.xml", _record())
    title = b"A first course :"
    file.write_bytes(f"<!DOCTYPE collection [{declarations}]>".encode() + file.read_bytes().replace(title, b"&entity;" + title))
    return file


def test_an_entity_reads_no_other_file(imported: Import, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("other")
    done = imported(_with_entity(tmp_path, f'<!ENTITY entity SYSTEM "{other.as_uri()}">'))
    assert [book["title"] for book in done.books.values()] == ["A first course : with exercises"]


def test_entities_that_grow_without_end_stop_the_import(imported: Import, tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY e{level + 1} "{f"&e{level};" * 10}">' for level in range(9))
    done = imported(_with_entity(tmp_path, f'<!ENTITY e0 "ha">{levels}<!ENTITY entity "&e9;">'))
    assert (done.status, done.books) == (1, {})
    assert "limit on input amplification factor" in done.said
