"""What verify leaves to cfn-lint, cfn-lint refuses: a fault of each kind, in each property."""

import json
import re
from pathlib import Path

from cfnlint.api import lint_file

from tests.verify.cases import case, faults
from tests.verify.effects import LINTED, effect
from tests.verify.mutations import Mutant


def _alike(mutant: Mutant) -> tuple[str, ...]:
    """The kind, the type and the property, or for a key that means nothing the beginning of the type."""
    if mutant.kind == "add key":
        return mutant.kind, mutant.about.split("(")[0].split("::")[-1][:12]
    return mutant.kind, mutant.about.split("(")[0], re.sub(r"(\[\d*\])+$", "", mutant.about).split(".")[-1]


def test_every_fault_that_is_left_to_cfn_lint_is_an_error_there(tmp_path: Path) -> None:
    left: dict[tuple[str, ...], tuple[str, Mutant]] = {}
    for name, mutant in faults():
        if effect(mutant).reason.startswith(LINTED):
            left.setdefault(_alike(mutant), (name, mutant))
    assert len(left) > 50
    for name, mutant in left.values():
        for title, template in mutant.applied(case(name).templates).items():
            (tmp_path / f"{title}.template.json").write_text(json.dumps(template))
        assert any(match.rule.id.startswith("E") for match in lint_file(tmp_path / f"{mutant.template}.template.json")), mutant.id
