"""What a gate is: what it is asked, what it says, and what it is not asked."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol


class GateError(Exception):
    """A gate could not be asked; the message says why, and what to do."""


class Found(NamedTuple):
    """What a gate says against a template: where (a path in it), the rule, and a sentence."""

    template: Path
    where: str
    rule: str
    sentence: str


class LeftOut(NamedTuple):
    """A rule that is not asked, the logical id or type for which it is not, and why."""

    rule: str
    where: str
    reason: str


class Gate(Protocol):
    """A module of this package."""

    @property
    def NAME(self) -> str:
        """Its package on PyPI."""

    @property
    def LEFT_OUT(self) -> tuple[LeftOut, ...]:
        """What it is not asked."""

    def fingerprint(self) -> str | None:
        """What its answer depends on besides the templates; None where nobody can tell."""

    def findings(self, templates: Sequence[Path]) -> list[Found]:
        """What it says of these templates; raises GateError."""


def state(folder: Path | str) -> Iterator[str]:
    """Every file below a folder with its size and the time of its last change: what a package is right now, patched or not."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir():
            yield from state(entry.path)
        elif not entry.name.endswith(".pyc"):
            found = entry.stat()
            yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
