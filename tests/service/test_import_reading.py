"""Whatever the bytes of a file: no traceback, and each of its lines is in a record or the file is refused."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from books_api.catalogue.importing import files, tables
from tests.service.process import isbns

HEADER = b"isbn,title,author\n"
ISBNS = [isbn.encode() for isbn in isbns(50)]
# What lines are made of: sound records, and all that breaks them.
CELLS = st.one_of(
    st.sampled_from(
        [
            b"",
            b"A title",
            b'"Quoted, well"',
            b'"Open',
            b'Stray"',
            b'"Dou""ble"',
            b'"Esc\\"aped"',
            b"\xff",
            "é".encode(),
            b"\0",
            b"1_0",
            b"9.78E+12",
        ]
    ),
    st.sampled_from([b"\xff", "é".encode(), b"\0", b"1_0", b"9.78E+12"]),
    st.sampled_from(ISBNS),
    st.binary(max_size=6),
)
LINES = st.lists(st.lists(CELLS, max_size=4).map(b",".join), max_size=12)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(lines=LINES, end=st.sampled_from([b"\n", b"\r\n", b"\r"]), separator=st.sampled_from([b",", b";", b"\t"]))
@example(lines=[b'1,"a', b'2,"b'], end=b"\n", separator=b",")
def test_each_line_of_a_table_is_in_one_record(tmp_path: Path, django: None, lines: list[bytes], end: bytes, separator: bytes) -> None:
    from books_api.catalogue.importing.outcomes import FileRefused
    from books_api.catalogue.importing.reading import Told, reading

    file = tmp_path / "books.csv"
    file.write_bytes((HEADER.rstrip() + end + end.join(lines)).replace(b",", separator))
    try:
        found = reading(file, "table", Told({}, [], None))
    except FileRefused:
        return
    records = list(found.records)
    encoding = files.encoding(file, None, legacy=True)
    with files.text(file, encoding) as text:
        text.readline()
        kept = "".join(line for line in iter(text.readline, "") if line.strip())
    raw = "".join(str(record.raw) for record in records)
    assert "".join(line for line in io.StringIO(raw, newline="") if line.strip()) == kept
    assert all(record.problem or encoding.unreadable(str(record.raw)) is False for record in records)


@FUZZ
@given(
    content=st.one_of(st.binary(max_size=200), LINES.map(b"\n".join)),
    name=st.sampled_from(["b.csv", "b.tsv", "b.jsonl", "b.mrc", "b.xml", "b.csv.gz"]),
)
def test_no_bytes_break_the_reading(tmp_path: Path, django: None, content: bytes, name: str) -> None:
    from books_api.catalogue.importing.books import Cleaner
    from books_api.catalogue.importing.outcomes import FileRefused, RecordRefused, Stopped
    from books_api.catalogue.importing.reading import Told, reading

    file = tmp_path / name
    file.write_bytes(content)
    try:
        found = reading(file, files.kind(file), Told({}, [], None))
        cleaner = Cleaner(found.export, found.fields, {})
        for record in found.records:
            try:
                cleaner.book(record.cells)
            except RecordRefused:
                continue
    except (FileRefused, Stopped, *files.DAMAGED) as error:
        assert str(error)


@FUZZ
@given(records=st.lists(st.tuples(st.sampled_from(ISBNS), st.text(st.characters(codec="utf-8"), max_size=20)), max_size=9))
def test_what_is_written_as_csv_is_read_as_it_was(tmp_path: Path, django: None, records: list[tuple[bytes, str]]) -> None:
    import csv

    from books_api.catalogue.importing.reading import Told, reading

    file = tmp_path / "books.csv"
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(["isbn", "title"])
        # A line that holds an ISBN would be taken for a record that a quote has swallowed; here is none.
        writer.writerows((isbn.decode(), title) for isbn, title in records)
    found = [record.cells for record in reading(file, "table", Told({}, [], None)).records]
    assert found == [{"isbn": [isbn.decode()]} | ({"title": [title]} if title.strip() else {}) for isbn, title in records]


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        ([b'1,"two', b'lines",x'], [["1", "two\nlines", "x"]]),
        ([b'1,"a ""b"" c",x'], [["1", 'a "b" c', "x"]]),
        ([b'1,"a \\"b\\" c",x'], [["1", 'a "b" c', "x"]]),
        ([b'1,="978",x'], [["1", '="978"', "x"]]),
        ([b"1,a,x,,"], [["1", "a", "x"]]),
        # The quote of the second line closes that of the first, and both would be one record of three cells.
        ([b'1,"open,x', b'2,b",y'], [None, ["2", 'b"', "y"]]),
        ([b'1,"open,x', b"2,b,y", b'3,"c",z'], [None, ["2", "b", "y"], ["3", "c", "z"]]),
        ([b"1,a", b"2,b,y"], [None, ["2", "b", "y"]]),
    ],
)
def test_records_of_a_table(lines: list[bytes], cells: list[list[str] | None]) -> None:
    numbered = iter(list(enumerate((line.decode() + "\n" for line in lines), 2)))
    found = list(tables.rows(numbered, ",", 3, lambda cells: cells[0].isdecimal()))
    assert [None if row.problem else row.cells for row in found] == cells


def test_tabs_need_no_quotes() -> None:
    lines = iter([(2, '1\t"A" is for Alibi\tx\n'), (3, "2\tb\ty\n")])
    assert [row.cells for row in tables.rows(lines, "\t", 3, lambda cells: True)] == [["1", '"A" is for Alibi', "x"], ["2", "b", "y"]]


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("isbn,title,author", ","),
        ("isbn;title;author", ";"),
        ('"ISBN";"Book-Title";"Book-Author"', ";"),
        ("isbn\ttitle, as printed", "\t"),
        ("isbn|title", "|"),
        ("title", ","),
    ],
)
def test_separators(header: str, separator: str) -> None:
    assert tables.separator(header) == separator


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        ("isbn,title\n1,é\n".encode(), "utf-8"),
        ("isbn,title\n1,é\n".encode("utf-8-sig"), "utf-8-sig"),
        ("isbn,title\n1,é\n".encode("utf-16"), "utf-16"),
        ("isbn,title\n1,é\n".encode("utf-16-le"), "utf-16-le"),
        ("isbn,title\n1,Müllers Größe\n2,Bücher über Öl\n".encode("cp1252"), "cp1252"),
        ("isbn,title\n1,Müller\n2,Kühe für Große\n3,L'été à Nîmes\n4,Él y ella\n".encode("latin-1"), "cp1252"),
        ("Название,Автор\nПреступление,Достоевский\nЖизнь и судьба,Гроссман\n".encode("cp1251"), "cp1251"),  # noqa: RUF001 Cyrillic
        ("도서명,저자\n채식주의자,한강\n소년이 온다,한강\n".encode("cp949"), "cp949"),
        ("書名,著者\n雪国,川端康成\n吾輩は猫である,夏目漱石\n".encode("cp932"), "cp932"),
        # One damaged line makes no other encoding of a file that is UTF-8 everywhere else.
        ("isbn,title\n1,é\n2,ü\n".encode() + b"3,\xe9\n", "utf-8"),
        (b"isbn,title\n" + b"1,plain\n" * 200_000 + "2,Größe\n".encode("cp1252"), "cp1252"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_encodings(tmp_path: Path, content: bytes, codec: str, packed: bool) -> None:
    file = tmp_path / "books.csv"
    file.write_bytes(gzip.compress(content, 1) if packed else content)
    assert files.encoding(file, None, legacy=True).codec == codec


@pytest.mark.parametrize("content", [b"PK\x03\x04workbook", gzip.compress(b"PK\x03\x04")[:4]])
def test_workbooks_and_the_like_are_refused(tmp_path: Path, django: None, content: bytes) -> None:
    from books_api.catalogue.importing.outcomes import FileRefused
    from books_api.catalogue.importing.reading import Told, reading

    file = tmp_path / "books.csv"
    file.write_bytes(content)
    with pytest.raises(FileRefused):
        reading(file, "table", Told({}, [], None))
