"""What can happen to a file, to a record and to a value, other than being taken as it is."""

from typing import Any, NamedTuple


class FileRefused(Exception):
    """The file cannot be imported as it is, or not with these options; nothing was changed. The text says what to do."""


class Stopped(Exception):
    """The file cannot be read on from here; what came before is taken."""


class Remark(NamedTuple):
    """Something to be told, of one kind for each sentence, and the value that it is about."""

    kind: str
    value: str = ""


class RecordRefused(Exception):
    """This record cannot be taken; the others can."""

    def __init__(self, kind: str, value: object = "") -> None:
        super().__init__(kind)
        self.remark = Remark(kind, str(value))


class Record(NamedTuple):
    """One book's worth of a file: where it is, what was written there, and its cells by field, and what is wrong with it."""

    # The line that it starts at; in MARC its number.
    line: int
    raw: str | bytes
    # Values by field, in the order in which they count; what could be read of them where there is a problem.
    cells: dict[str, list[Any]]
    problem: Remark | None = None
