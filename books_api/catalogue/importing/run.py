"""An import from its file to its report: records are read and cleaned in batches, each loaded while the next is being cleaned."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.db import Error

from books_api.catalogue.importing import columns, files, loading
from books_api.catalogue.importing.books import Book, Cleaner
from books_api.catalogue.importing.outcomes import Record, RecordRefused, Remark, Stopped
from books_api.catalogue.importing.reading import Told, reading
from books_api.catalogue.importing.rejects import Rejects
from books_api.catalogue.importing.report import Report, label

BATCH_RECORDS = 2000
BATCH_CHARACTERS = 4_000_000
_PROGRESS_SECONDS = 2.0

TWO_TITLES = "two titles for one ISBN; the later one counts"
SAME_AGAIN = "the ISBN was in the file before"
INCOMPLETE = "the book is not in the catalogue yet, and the file has no title for it"


class Options(NamedTuple):
    """What the command line says."""

    told: Told
    # By field.
    defaults: dict[str, str]
    from_line: int
    dry_run: bool
    rejects: Path | None


@dataclass
class _Batch:
    records: list[Record] = field(default_factory=list)
    # By ISBN: the lines of each, the last one's book merged over the ones before.
    books: dict[str, Book] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    refused: dict[int, Remark] = field(default_factory=dict)
    remarks: list[tuple[int, Remark]] = field(default_factory=list)


class Import:
    """One import. What is committed is in the report, also after a stop: go on from the line after `done`."""

    def __init__(self, path: Path, options: Options, say: Callable[[str], None]) -> None:
        """Understand the file's start and say what was found; FileRefused."""
        kind = files.kind(path)
        self._options, self._say = options, say
        self._rejects = Rejects(options.rejects, kind, going_on=options.from_line > 1) if options.rejects else None
        self._reading = reading(path, kind, options.told)
        for finding in self._reading.findings:
            say(finding)
        self._cleaner = Cleaner(self._reading.export, self._reading.fields, options.defaults)
        if self._rejects:
            self._rejects.header = self._reading.header
        self._loader = loading.Loader(dry_run=options.dry_run)
        self.report = Report("Record" if kind.startswith("MARC") else "Line")
        self.done = 0
        self._interrupted = False
        self._started = self._shown = 0.0

    @property
    def left_out(self) -> list[str]:
        """What of a file without a header was left out, as far as it has been read."""
        return [key for key in self._reading.left_out if key not in columns.OWN]

    def interrupt(self) -> None:
        """Have it stop: at once where that loses nothing, else after the batch. For a signal's handler."""
        self._interrupted = True
        self._loader.cancel()

    def run(self) -> None:
        """Import; Stopped where it cannot go on to the end."""
        with ThreadPoolExecutor(1) as thread:
            try:
                thread.submit(self._loader.open).result()
                self._load(thread)
            except files.DAMAGED as error:
                raise Stopped(f"the file cannot be read on: {error}") from error
            except Error as error:
                raise Stopped("interrupted" if self._interrupted else _reason(error)) from error
            finally:
                thread.submit(self._loader.close).result()
                if self._rejects:
                    self._rejects.close()
        if self._interrupted:
            raise Stopped("interrupted")

    def _load(self, thread: ThreadPoolExecutor) -> None:
        """Clean a batch while the one before is being loaded."""
        self._started = self._shown = time.monotonic()
        ahead: tuple[_Batch, Future[loading.Outcome]] | None = None
        try:
            for batch in self._batches():
                if ahead:
                    before, ahead = ahead, None
                    self._settle(*before)
                if self._interrupted:
                    return
                ahead = batch, thread.submit(self._loader.load, [(batch.lines[isbn][-1], book) for isbn, book in batch.books.items()])
        finally:
            if ahead:
                self._settle(*ahead)

    def _batches(self) -> Iterator[_Batch]:
        batch, size = _Batch(), 0
        try:
            for record in self._reading.records:
                if record.line >= self._options.from_line:
                    self._take(batch, record)
                    size += len(record.raw)
                if len(batch.records) == BATCH_RECORDS or size > BATCH_CHARACTERS:
                    yield batch
                    batch, size = _Batch(), 0
        except (Stopped, *files.DAMAGED):
            if batch.records:
                yield batch
            raise
        if batch.records:
            yield batch

    def _take(self, batch: _Batch, record: Record) -> None:
        batch.records.append(record)
        try:
            if record.problem:
                raise RecordRefused(*record.problem)
            book = self._cleaner.book(record.cells)
        except RecordRefused as error:
            batch.refused[record.line] = error.remark
            return
        batch.remarks += [(record.line, remark) for remark in book.remarks]
        if earlier := batch.books.get(book.isbn):
            batch.remarks.append((record.line, _again(batch.lines[book.isbn][-1], _title(earlier), _title(book))))
            book = earlier.updated(book)
        batch.books[book.isbn] = book
        batch.lines.setdefault(book.isbn, []).append(record.line)

    def _settle(self, batch: _Batch, loaded: "Future[loading.Outcome]") -> None:
        """Report what became of a batch, once it is committed."""
        outcome = loaded.result()
        last_lines = {lines[-1]: lines for lines in batch.lines.values()}
        for line in outcome.incomplete:
            batch.refused |= dict.fromkeys(last_lines.pop(line), Remark(INCOMPLETE))
        for earlier_line, earlier_title, line, title in outcome.repeated:
            batch.remarks.append((line, _again(earlier_line, earlier_title, title)))
        remarks: dict[int, list[Remark]] = {}
        for line, remark in batch.remarks:
            remarks.setdefault(line, []).append(remark)
        for record in batch.records:
            if refused := batch.refused.get(record.line):
                self.report.refuse(record.line, _label(record), refused)
                self._reject(record)
            else:
                for remark in remarks.get(record.line, ()):
                    self.report.remark(record.line, _label(record), remark)
        if self._rejects:
            self._rejects.flush()
        self.report.read += len(batch.records)
        self.report.added += outcome.added
        self.report.changed += outcome.changed
        self.report.again += len(outcome.repeated) + sum(len(lines) - 1 for lines in last_lines.values())
        self.done = batch.records[-1].line
        if time.monotonic() - self._shown > _PROGRESS_SECONDS:
            self._shown = time.monotonic()
            self._say(f"... {self.done}: {self.report.read / (self._shown - self._started):.0f} a second.")

    def _reject(self, record: Record) -> None:
        if self._rejects:
            try:
                self._rejects.add(record.raw)
            except OSError as error:
                raise Stopped(f"the rejects cannot be written: {error.strerror}") from error


def _title(book: Book) -> str:
    return book.values["title"] if "title" in book.given else ""


def _again(earlier_line: int, earlier_title: str | None, title: str | None) -> Remark:
    if earlier_title and title and earlier_title.casefold() != title.casefold():
        return Remark(TWO_TITLES, f'"{earlier_title}" in {earlier_line}, "{title}" counts')
    return Remark(SAME_AGAIN, f"as in {earlier_line}")


def _label(record: Record) -> str:
    """Name a record as a librarian finds it, by what is written there."""
    isbn, title = (next((str(cell) for cell in record.cells.get(name, ()) if cell), "") for name in ("isbn", "title"))
    return label(isbn, title)


def _reason(error: Error) -> str:
    """Say why the database did not do it."""
    code = getattr(error.__cause__, "pgcode", None)
    if code == "57014":
        return f"the database took more than {loading.STATEMENT_TIMEOUT} for a batch"
    if code == "55P03":
        return f"somebody else held the books of a batch for more than {loading.LOCK_TIMEOUT}"
    if code is None or code.startswith(("08", "57P")):
        return "the connection to the database was lost"
    return f"the database refused a batch: {str(error).splitlines()[0]}"
