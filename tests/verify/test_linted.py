"""What verify leaves to cfn-lint, cfn-lint refuses."""

import json
from pathlib import Path

from cfnlint.api import lint_file

from tests.deployments import rendered
from tests.verify.mutations import mutants
from tests.verify.survivors import LINTED, SURVIVORS


def test_every_fault_that_is_left_to_cfn_lint_is_an_error_there(tmp_path: Path) -> None:
    templates = rendered("prod")
    expected: dict[str, int] = {}
    for mutant in mutants(templates):
        if any(each.reason == LINTED and each.covers(mutant) for each in SURVIVORS):
            # All faults of a template at once: linting is slow.
            templates = mutant.applied(templates)
            expected[mutant.template] = expected.get(mutant.template, 0) + 1
    assert expected
    for name, faults in expected.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(templates[name]))
        errors = [match for match in lint_file(path) if match.rule.id == "E3003"]
        assert len(errors) == faults, name
