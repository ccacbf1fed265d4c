"""Any of the files as records, whose cells are named by field."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from books_api.catalogue.importing import columns, files, isbns, json_lines, marc, tables
from books_api.catalogue.importing.exports import OURS, Export
from books_api.catalogue.importing.outcomes import FileRefused, Record, RecordRefused, Remark


class Told(NamedTuple):
    """What the options say about the file: the fields of columns, columns to leave out, and the encoding."""

    fields: Mapping[str, str]
    ignored: Sequence[str]
    encoding: str | None


@dataclass(frozen=True)
class Reading:
    """A file that has been understood so far that its records can be read."""

    # What was found: encoding, separator, program, columns.
    findings: list[str]
    export: Export
    # The fields that the file has; empty where each record has its own.
    fields: frozenset[str]
    header: str
    records: Iterator[Record]
    # What of a file without a header was left out, known once its records have been read.
    left_out: Collection[str] = ()


def reading(path: Path, kind: files.Kind, told: Told) -> Reading:
    """Open a file and understand its start; FileRefused where that cannot be done."""
    files.check(path)
    return _READERS[kind](path, told)


def _table(path: Path, told: Told) -> Reading:
    encoding = files.encoding(path, told.encoding, legacy=True)
    lines = files.lines(files.text(path, encoding))
    try:
        found = tables.header(lines)
    except files.DAMAGED as error:
        raise FileRefused(f"it is damaged: {error}.") from error
    if found is None:
        raise FileRefused("it is empty.")
    header, separator = found
    if encoding.unreadable(header.raw):
        raise FileRefused(f"the header is not {encoding.name}: say --encoding.")
    known = columns.of_table(header.cells, told.fields, told.ignored)
    findings = [_form(encoding, f"separated by {tables.SEPARATORS[separator]}", known.names.export)]
    if known.names.export is not OURS:
        taken = ("+".join(header.cells[place] for place in places) + f" as {field}" for field, places in known.places.items())
        findings.append(f"Columns: {', '.join(taken)}.")
    if known.left_out:
        findings.append(f"Columns left out: {', '.join(known.left_out)}. Where one of them holds a field, say --map FIELD=COLUMN.")
    records = (_record(row, known.places, encoding) for row in tables.rows(lines, separator, len(header.cells), _has_isbn(known.places)))
    return Reading(findings, known.names.export, frozenset(known.places), header.raw, records)


def _record(row: tables.Row, places: Mapping[str, Sequence[int]], encoding: files.Encoding) -> Record:
    cells: dict[str, Any] = {}
    for field, found in places.items():
        values = [value for place in found if place < len(row.cells) and (value := row.cells[place]).strip()]
        if values:
            cells[field] = values
    return Record(row.line, row.raw, cells, row.problem or _unreadable(row.raw, encoding))


def _unreadable(raw: str, encoding: files.Encoding) -> Remark | None:
    return Remark(f"has bytes that are not {encoding.name}") if encoding.unreadable(raw) else None


def _has_isbn(places: Mapping[str, Sequence[int]]) -> Callable[[list[str]], bool]:
    """Tell a record from a line of text that happens to have as many separators."""

    def has_isbn(cells: list[str]) -> bool:
        try:
            return "isbn" not in places or bool(isbns.found(cells[place] for place in places["isbn"]).isbn)
        except RecordRefused:
            return False

    return has_isbn


def _json_lines(path: Path, told: Told) -> Reading:
    encoding = files.encoding(path, told.encoding, legacy=False)
    names = _Keys(columns.Names.told_by(OURS, told.fields, told.ignored))
    lines = ((number, line) for number, line in files.lines(files.text(path, encoding)) if line.strip())
    records = (_json_record(number, line, names, encoding) for number, line in lines)
    return Reading([_form(encoding, "an object a line", OURS)], OURS, frozenset(), "", records, names.left_out)


class _Keys(dict[str, str | columns.Unknown | None]):
    """The field of each key that has been met; None, or what is wrong with it, where there is none."""

    def __init__(self, names: columns.Names) -> None:
        super().__init__()
        self._names = names
        self.left_out: list[str] = []

    def __missing__(self, key: str) -> str | columns.Unknown | None:
        try:
            self[key] = self._names.find(key)
        except columns.Unknown as error:
            self[key] = error
        if self[key] is None:
            self.left_out.append(key)
        return self[key]


def _json_record(number: int, line: str, names: _Keys, encoding: files.Encoding) -> Record:
    parsed = _unreadable(line, encoding) or json_lines.parsed(line)
    if isinstance(parsed, Remark):
        return Record(number, line, {}, parsed)
    cells: dict[str, Any] = {}
    problem = None
    for key, value in parsed.items():
        field = names[key]
        if isinstance(field, columns.Unknown):
            problem = Remark(str(field))
        elif field:
            cells.setdefault(field, []).append(value)
    return Record(number, line, cells, problem)


def _form(encoding: files.Encoding, form: str, export: Export) -> str:
    guess = " (found by its letters; where they come out wrong, say --encoding)" if encoding.guessed else ""
    program = f" The columns are those of an export from {export.name}." if export.name else ""
    return f"Read as {encoding.name}{guess}, {form}.{program}"


def _marc(path: Path, told: Told) -> Reading:
    utf8 = told.encoding is not None and files.encoding(path, told.encoding, legacy=False).codec == "utf-8"
    return Reading(["Read as MARC 21."], marc.EXPORT, frozenset(), "", marc.records(files.opened(path), utf8=utf8))


def _marc_xml(path: Path, told: Told) -> Reading:
    return Reading(["Read as MARCXML."], marc.EXPORT, frozenset(), "", marc.xml_records(files.opened(path)))


_READERS: dict[files.Kind, Callable[[Path, Told], Reading]] = {
    "table": _table,
    "JSON Lines": _json_lines,
    "MARC": _marc,
    "MARCXML": _marc_xml,
}
