"""Books from a file, many at once: manage.py import_books FILE."""

import gc
import shlex
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from books_api.catalogue.importing.columns import assignments
from books_api.catalogue.importing.outcomes import FileRefused, Stopped
from books_api.catalogue.importing.reading import Told
from books_api.catalogue.importing.run import Import, Options


class Command(BaseCommand):
    """Cleans and validates, and adds or merges; the same file again changes nothing."""

    help = (
        "Imports books from a table (.csv, .tsv, .txt), JSON Lines (.jsonl), MARC 21 (.mrc) or MARCXML (.xml), gzipped or not. "
        "What cannot be taken is reported and left out; docs/import.md says more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, what it does not say of itself, and where to start."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", help="a column of another name holds this field")
        parser.add_argument("--default", action="append", default=[], metavar="FIELD=VALUE", help="for new books whose record has none")
        parser.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help="leave this column out")
        parser.add_argument("--encoding", help="such as windows-1252, where it is not found right")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="write the records that were not taken here, to be corrected")
        parser.add_argument("--dry-run", action="store_true", help="say what an import would do, and change nothing")
        parser.add_argument("--from-line", type=int, default=1, metavar="LINE", help="go on after a stop, which says where")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import: exit status 1 where something was not taken or it stopped, 2 where nothing could be started."""
        file: Path = options["file"]
        try:
            told = Told(assignments("--map", options["map"]), options["ignore"], options["encoding"])
            defaults = {name: value for value, name in assignments("--default", options["default"]).items()}
            run = Import(file, Options(told, defaults, options["from_line"], options["dry_run"], options["rejects"]), self._say)
        except FileRefused as error:
            self._say(str(error) if str(error).startswith("--") else f"{file.name}: {error}")
            sys.exit(2)
        except KeyboardInterrupt:
            self._say("Interrupted before anything was changed.")
            sys.exit(1)
        stopped = ""
        try:
            with _signals(run), _seldom_collecting():
                run.run()
        except Stopped as error:
            stopped = str(error)
        for line in run.report.details():
            self._say(line)
        if run.left_out:
            self._say(f"Left out: {', '.join(run.left_out[:50])}. Where one of them holds a field, say --map FIELD=NAME.")
        if stopped:
            self._say(f"Stopped: {stopped}. Go on with: {_command(options)} --from-line {run.done + 1}.")
        elif not run.report.read:
            self._say(f"{file.name} has no lines " + ("after the header." if options["from_line"] == 1 else "from that one on."))
        self.stdout.write(("Nothing was changed (--dry-run). " if options["dry_run"] else "") + run.report.summary())
        if stopped or run.report.bad or not run.report.read:
            sys.exit(1)

    def _say(self, text: str) -> None:
        # What a file's bytes were may not be what a terminal can show.
        self.stderr.write(text.encode(errors="replace").decode())


@contextmanager
def _signals(run: Import) -> Iterator[None]:
    """Let Ctrl-C, and the platform's SIGTERM, stop it where it can go on; a second one ends it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupt(number: int, _: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        run.interrupt()

    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Run the garbage collector less often: a batch is many small objects without reference cycles, which it would traverse in vain."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _command(options: dict[str, Any]) -> str:
    """Write the command again, but for where it starts."""
    words = ["import_books", str(options["file"])]
    for name in ("map", "default", "ignore"):
        words += [word for value in options[name] for word in (f"--{name}", value)]
    words += [word for name in ("encoding", "rejects") if options[name] for word in (f"--{name}", str(options[name]))]
    return shlex.join([*words, *(["--dry-run"] if options["dry_run"] else [])])
