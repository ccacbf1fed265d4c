"""Books from a file, many at once: manage.py import_books FILE."""

import csv
import gzip
import itertools
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import orjson
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from rest_framework.exceptions import ValidationError

from books_api.catalogue import services
from books_api.catalogue.serializers import NewBook

NEW_BOOK = NewBook()

BATCH = 2000
PROGRESS_SECONDS = 2.0

# A line's number and its fields, or what is wrong with it.
Line = tuple[int, dict[str, Any] | str]


class Command(BaseCommand):
    """Validates, and adds or replaces; the same file again changes nothing, so after an interruption it is simply run again."""

    help = (
        "Imports books from a .csv or .jsonl file, gzipped (.gz) or not. CSV has a header with the API's field names; "
        "its subjects are separated by |. Bad lines are reported and left out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, and where to start."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--from-line", type=int, default=1, help="skip what an interrupted import has done (its progress says so)")

    def handle(self, *args: Any, file: Path, from_line: int, **options: Any) -> None:
        """Stream the file through in batches, each of them one transaction."""
        added = changed = bad = seen = done = 0
        shown = started = time.monotonic()
        lines = (line for line in _lines(file) if line[0] >= from_line)
        try:
            for batch in iter(lambda: list(itertools.islice(lines, BATCH)), []):
                books: dict[str, dict[str, Any]] = {}
                for number, fields in batch:
                    book = self._book(number, fields)
                    bad += book is None
                    if book is not None:
                        # Of two lines with one ISBN the later one counts.
                        books[book["isbn"]] = book
                if books:
                    new, different = services.import_books(books.values())
                    added, changed = added + new, changed + different
                seen, done = seen + len(batch), batch[-1][0]
                if time.monotonic() - shown > PROGRESS_SECONDS:
                    shown = time.monotonic()
                    self.stderr.write(f"Line {done}: {seen / (shown - started):.0f} books a second.")
        except (OSError, EOFError, KeyboardInterrupt) as error:
            raise CommandError(f"Stopped after line {done} ({error!r}). Go on with --from-line {done + 1}.") from error
        self.stdout.write(f"{seen} read: {added} added, {changed} changed, {seen - added - changed - bad} as they were, {bad} bad.")
        if bad:
            sys.exit(1)

    def _book(self, number: int, fields: dict[str, Any] | str) -> dict[str, Any] | None:
        if isinstance(fields, str):
            self.stderr.write(f"Line {number}: {fields}")
            return None
        try:
            return dict(NEW_BOOK.run_validation(fields))
        except ValidationError as error:
            self.stderr.write(f"Line {number}: {orjson.dumps(error.detail).decode()}")
            return None


def _lines(file: Path) -> Iterator[Line]:
    name = file.name.removesuffix(".gz")
    if not name.endswith((".csv", ".jsonl")):
        raise CommandError("The file's name must end in .csv or .jsonl, or in one of these and .gz.")
    opener = gzip.open if file.name.endswith(".gz") else open
    # What is not UTF-8 becomes what no field accepts, and so a bad line.
    with opener(file, "rt", encoding="utf-8", errors="surrogateescape", newline="") as text:
        yield from _csv(text) if name.endswith(".csv") else _json_lines(text)


def _json_lines(text: TextIO) -> Iterator[Line]:
    for number, line in enumerate(text, 1):
        if line.strip():
            try:
                fields = orjson.loads(line.encode(errors="surrogateescape"))
            except orjson.JSONDecodeError as error:
                yield number, f"not JSON: {error}"
            else:
                yield number, fields if isinstance(fields, dict) else "not an object"


def _csv(text: TextIO) -> Iterator[Line]:
    rows = csv.DictReader(text)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield rows.line_num, f"not CSV: {error}"
            continue
        # Left out is not the same as empty; and too many columns have no name.
        fields: dict[str, Any] = {name: value for name, value in row.items() if name and value}
        if "subjects" in fields:
            fields["subjects"] = [subject for subject in fields["subjects"].split("|") if subject.strip()]
        year = fields.get("published_year", "")
        if year.isdecimal():
            fields["published_year"] = int(year)
        yield rows.line_num, fields
