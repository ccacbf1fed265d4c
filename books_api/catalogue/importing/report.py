"""What is told of an import: of each kind of fault or remark how often, and its first five records."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from books_api.catalogue.importing.outcomes import Remark

SHOWN = 5
_LONGEST = 80


@dataclass
class _Kind:
    count: int = 0
    shown: list[str] = field(default_factory=list)


@dataclass
class Report:
    """Grows by kinds, not by records."""

    # "Line", or "Record" where a file has no lines.
    place: str = "Line"
    read: int = 0
    added: int = 0
    changed: int = 0
    bad: int = 0
    again: int = 0
    _refused: dict[str, _Kind] = field(default_factory=dict)
    _remarked: dict[str, _Kind] = field(default_factory=dict)

    def refuse(self, line: int, label: str, remark: Remark) -> None:
        """Count a record that was not taken."""
        self.bad += 1
        self._note(self._refused, line, label, remark)

    def remark(self, line: int, label: str, remark: Remark) -> None:
        """Count something about a record that was taken."""
        self._note(self._remarked, line, label, remark)

    def _note(self, kinds: dict[str, _Kind], line: int, label: str, remark: Remark) -> None:
        kind = kinds.setdefault(remark.kind, _Kind())
        kind.count += 1
        if len(kind.shown) < SHOWN:
            parts = [label, _short(remark.value)]
            kind.shown.append(f"{self.place} {line}: {' - '.join(part for part in parts if part)}".rstrip(": "))

    def details(self) -> Iterator[str]:
        """Tell the faults, then the remarks."""
        for heading, kinds in (("Not taken", self._refused), ("Taken", self._remarked)):
            for kind, found in kinds.items():
                yield f"{heading}, {found.count} {'record' if found.count == 1 else 'records'}: {kind}."
                yield from found.shown
                if found.count > len(found.shown):
                    yield f"... and {found.count - len(found.shown)} more."

    def summary(self) -> str:
        """Count all."""
        same = self.read - self.added - self.changed - self.bad - self.again
        text = f"{self.read} read: {self.added} added, {self.changed} changed, {same} as they were, {self.bad} bad"
        return text + (f", {self.again} again." if self.again else ".")


def label(isbn: str, title: str) -> str:
    """Name a book as a librarian finds it."""
    return ", ".join(part for part in (isbn, f'"{_short(title)}"' if title else "") if part)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
