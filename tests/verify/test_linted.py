"""What verify leaves to cfn-lint, cfn-lint refuses."""

import json
from collections import Counter
from pathlib import Path

from cfnlint.api import lint_file
from tests.verify.survivors import LINTED, SURVIVORS

from tests.deployments import Templates
from tests.verify.cases import case, faults


def test_every_fault_that_is_left_to_cfn_lint_is_an_error_there(tmp_path: Path) -> None:
    broken: dict[str, Templates] = {}
    expected: Counter[tuple[str, str]] = Counter()
    for name, mutant in faults():
        if any(each.reason == LINTED and each.covers(mutant) for each in SURVIVORS):
            # All faults of a template at once: linting is slow.
            broken[name] = mutant.applied(broken.get(name, case(name).templates))
            expected[name, mutant.template] += 1
    assert {name for name, _ in expected} >= {"prod", "domain"}
    for (name, template), count in expected.items():
        path = tmp_path / f"{name}-{template}.json"
        path.write_text(json.dumps(broken[name][template]))
        errors = [match for match in lint_file(path) if match.rule.id == "E3003"]
        assert len(errors) == count, path.name
