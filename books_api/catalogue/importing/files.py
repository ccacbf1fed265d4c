"""A file as text: its kind by its name, and its encoding by what is in it."""

import codecs
import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TextIO, cast

import charset_normalizer

from books_api.catalogue.importing.outcomes import FileRefused, Stopped

Kind = Literal["table", "JSON Lines", "MARC", "MARCXML"]

_KINDS: dict[str, Kind] = {
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".txt": "table",
    ".jsonl": "JSON Lines",
    ".ndjson": "JSON Lines",
    ".mrc": "MARC",
    ".marc": "MARC",
    ".xml": "MARCXML",
}
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What libraries' programs write when it is not Unicode. Of a kind with Windows-1252, others cannot be told from it: --encoding can.
_OLD = ["cp949", "cp932", "gb18030", "big5", "cp1251", "cp1253", "cp1252"]
_NAMES = {
    "cp1252": "Windows-1252",
    "cp949": "Korean (CP949)",
    "cp932": "Japanese (CP932)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1253": "Greek (Windows-1253)",
}
_SAMPLE_BYTES = 65_536
_LONGEST_LINE = 1_000_000
_CHECKED_BYTES = 1_048_576

# What reading a compressed file that is cut short or damaged raises.
DAMAGED = (EOFError, OSError, zlib.error)


@dataclass(frozen=True)
class Encoding:
    """A codec, how it is called, and whether it was found rather than known."""

    codec: str
    name: str
    guessed: bool = False

    @property
    def errors(self) -> str:
        """How bytes that are not in the encoding become characters that nothing accepts (see unreadable)."""
        return "surrogateescape" if self.codec.startswith("utf-8") else "replace"

    def unreadable(self, text: str) -> bool:
        """Whether bytes were not in the encoding."""
        if text.isascii():
            return False
        return any("\udc80" <= letter <= "\udcff" for letter in text) if self.errors == "surrogateescape" else "\ufffd" in text


def kind(path: Path) -> Kind:
    """Tell by the name's ending, in any case."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        del suffixes[-1]
    try:
        return _KINDS[suffixes[-1]]
    except (IndexError, KeyError):
        raise FileRefused(f"the name must end in one of {', '.join(_KINDS)}, or in one of these and .gz.") from None


def opened(path: Path) -> IO[bytes]:
    """Open it for reading; what is gzipped is recognised by its first bytes, whatever its name."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise FileRefused(f"it cannot be read: {error.strerror}.") from error
    if start.startswith(b"PK\x03\x04"):
        raise FileRefused("this is a spreadsheet's workbook or a ZIP file. Save it as CSV (UTF-8), and import that.")
    if start.startswith(b"\x1f\x8b"):
        # A gzip file reads like any other, but is not declared so.
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def check(path: Path) -> None:
    """Refuse a file that is empty, and an archive that is damaged: what comes out of that may look like books.

    An archive that is cut short is right as far as it goes.
    """
    try:
        with opened(path) as file:
            if not file.read(1):
                raise FileRefused("it is empty.")
            while isinstance(file, gzip.GzipFile) and file.read(_CHECKED_BYTES):
                pass
    except EOFError:
        pass
    except DAMAGED as error:
        raise FileRefused(f"it is damaged: {error}. Fetch it again.") from error


def text(path: Path, encoding: Encoding) -> TextIO:
    """Open it as text; ends of lines stay as they are."""
    return io.TextIOWrapper(opened(path), encoding=encoding.codec, errors=encoding.errors, newline="")


def encoding(path: Path, told: str | None, *, legacy: bool) -> Encoding:
    """Use what was told, what a byte order mark says, or UTF-8; with `legacy`, find out what it is where it is not UTF-8."""
    if told:
        try:
            return Encoding(codecs.lookup(told).name, told)
        except LookupError:
            raise FileRefused(f"--encoding {told}: there is no such encoding. There are utf-8, windows-1252, cp949 and others.") from None
    with opened(path) as file:
        try:
            start = file.read(4)
        except DAMAGED:
            start = b""
        for mark, codec in _BOMS.items():
            if start.startswith(mark):
                return Encoding(codec, codec.removesuffix("-sig").upper())
        if len(start) == 4 and start[1::2] == b"\0\0":
            return Encoding("utf-16-le", "UTF-16")
    return _without_a_mark(path) if legacy else Encoding("utf-8", "UTF-8")


def _without_a_mark(path: Path) -> Encoding:
    """Read it all: the first umlaut may be in the last line."""
    unicode_lines = other_lines = 0
    sample = bytearray()
    with opened(path) as file:
        try:
            while line := file.readline(_LONGEST_LINE):
                if line.isascii():
                    continue
                try:
                    line.decode()
                    unicode_lines += 1
                except UnicodeDecodeError:
                    other_lines += 1
                    if len(sample) < _SAMPLE_BYTES:
                        sample += line
        except DAMAGED:
            # Said when it is read for good.
            pass
    if other_lines <= unicode_lines:
        return Encoding("utf-8", "UTF-8")
    # In letters of two bytes each, and in those of another alphabet, few stand alone; umlauts and accents do.
    runs = re.findall(rb"[\x80-\xff]+", sample)
    if 2 * sum(len(run) == 1 for run in runs) > len(runs):
        return Encoding("cp1252", _NAMES["cp1252"], guessed=True)
    best = charset_normalizer.from_bytes(bytes(sample), cp_isolation=_OLD).best()
    codec = best.encoding if best else "cp1252"
    return Encoding(codec, _NAMES[codec], guessed=True)


def lines(text: TextIO) -> Iterator[tuple[int, str]]:
    """Number the lines, each with its end."""
    for number in itertools.count(1):
        line = text.readline(_LONGEST_LINE)
        if not line:
            return
        if len(line) == _LONGEST_LINE and line[-1] not in "\r\n":
            raise Stopped(f"line {number} has more than {_LONGEST_LINE} characters: this is not a text file of books")
        yield number, line
