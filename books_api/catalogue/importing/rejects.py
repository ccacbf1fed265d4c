"""A file of the records that were not taken, as they were, to be corrected and imported."""

from pathlib import Path
from typing import BinaryIO

from books_api.catalogue.importing import files
from books_api.catalogue.importing.outcomes import FileRefused

_XML_START = b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
_XML_END = b"</collection>\n"


class Rejects:
    """Written as the import goes, so that a stop loses none; an import that goes on adds to it."""

    def __init__(self, path: Path, kind: files.Kind, *, going_on: bool) -> None:
        """FileRefused where the file would replace one, or could not be imported."""
        if files.kind(path) != kind or path.suffix.lower() == ".gz":
            raise FileRefused(f"--rejects {path.name}: the name must end as the file's does, without .gz, so that it can be imported.")
        if not path.parent.is_dir():
            raise FileRefused(f"--rejects {path}: there is no folder {path.parent}.")
        if path.exists() and not going_on:
            raise FileRefused(f"--rejects {path}: there is such a file already. Name another, or remove it.")
        self._path, self._kind = path, kind
        self._file: BinaryIO | None = None
        # A table's line of names, once it is known.
        self.header = ""

    def add(self, raw: str | bytes) -> None:
        """Write one record."""
        if self._file is None:
            self._file = self._opened()
        self._file.write(_encoded(raw))

    def flush(self) -> None:
        """Have all on disk that is written so far."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        """End the file."""
        if self._file:
            if self._kind == "MARCXML":
                self._file.write(_XML_END)
            self._file.close()

    def _opened(self) -> BinaryIO:
        file = self._path.open("ab")
        if self._kind == "MARCXML" and file.tell():
            file.truncate(file.tell() - len(_XML_END))
        elif self._kind == "MARCXML":
            file.write(_XML_START)
        elif not file.tell():
            file.write(_encoded(self.header) if self.header else b"")
        return file


def _encoded(raw: str | bytes) -> bytes:
    """Write UTF-8, and bytes that were not UTF-8 as they were; each record on a line of its own."""
    if isinstance(raw, bytes):
        return raw
    return (raw if raw.endswith(("\n", "\r")) else raw + "\n").encode(errors="surrogateescape")
