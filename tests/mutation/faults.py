"""The faults of tests/verify, each as templates in a folder of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.deployments import SUFFIX, Templates, rendered
from tests.verify.mutations import Mutant, mutants

ENVIRONMENTS = ("prod", "dev")
# What the root sees of a layer.
INTERFACE = ("Parameters", "Outputs")


class Fault(NamedTuple):
    """A mutant, the environment that it is put into, and its own folder."""

    mutant: Mutant
    environment: str
    folder: Path

    @property
    def templates(self) -> list[Path]:
        """The files that a gate has to read to see it: the changed one, and the root where that sees the change."""
        names = {self.mutant.template} | ({"root"} if self.mutant.path[0] in INTERFACE else set())
        return [self.folder / f"{name}{SUFFIX}" for name in sorted(names)]


def faults(folder: Path) -> Iterator[Fault]:
    """Every fault, written below a folder; those of `dev` that `prod` has not."""
    seen: set[str] = set()
    for environment in ENVIRONMENTS:
        templates = rendered(environment)
        for mutant in mutants(templates):
            if mutant.id not in seen:
                seen.add(mutant.id)
                fault = Fault(mutant, environment, folder / f"{len(seen):05}")
                _write(fault, mutant.applied(templates))
                yield fault


def _write(fault: Fault, templates: Templates) -> None:
    fault.folder.mkdir(parents=True)
    # Whoever reads the root follows it to the layers.
    whole = any(path.name == f"root{SUFFIX}" for path in fault.templates)
    for name, template in templates.items():
        if whole or name == fault.mutant.template:
            (fault.folder / f"{name}{SUFFIX}").write_text(json.dumps(template))
