"""The faults of tests/verify, each as templates in a folder of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.deployments import SUFFIX, Templates
from tests.verify import cases
from tests.verify.mutations import Mutant

# What the root sees of a layer.
INTERFACE = ("Parameters", "Outputs")


class Fault(NamedTuple):
    """A mutant, the case that it is put into, its own folder, and the one without it."""

    mutant: Mutant
    case: str
    folder: Path
    before: Path

    @property
    def templates(self) -> list[Path]:
        """The files that a gate has to read to see it: the changed one, and the root where that sees the change."""
        names = {self.mutant.template} | ({"root"} if self.mutant.path[0] in INTERFACE else set())
        return [self.folder / f"{name}{SUFFIX}" for name in sorted(names)]


def faults(folder: Path) -> Iterator[Fault]:
    """Every fault, written below a folder, beside what it is put into."""
    for name in cases.NAMES:
        _write(folder / name, cases.case(name).templates)
    for number, (name, mutant) in enumerate(cases.faults(), 1):
        templates = cases.case(name).templates
        fault = Fault(mutant, name, folder / f"{number:05}", folder / name)
        # Whoever reads the root follows it to the layers.
        whole = any(path.name == f"root{SUFFIX}" for path in fault.templates)
        _write(fault.folder, mutant.applied(templates), None if whole else mutant.template)
        yield fault


def _write(folder: Path, templates: Templates, only: str | None = None) -> None:
    folder.mkdir(parents=True)
    for name, template in templates.items():
        if only in (None, name):
            (folder / f"{name}{SUFFIX}").write_text(json.dumps(template))
