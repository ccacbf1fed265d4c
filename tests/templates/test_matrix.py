"""cfn-lint is content with every allowed combination of settings, not only with the shipped ones."""

from pathlib import Path

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

from templates.render import render
from tests.matrix import combinations

# The chunks run side by side.
CHUNKS = 2


def _write_new(folder: Path, chunk: int) -> list[Path]:
    """Write the templates of all combinations, and return those with a text that no combination before had."""
    seen: set[str] = set()
    new = []
    for name, environment in combinations():
        rendered = render(environment)
        paths = [folder / name / file for file, text in rendered.items() if text not in seen]
        seen |= set(rendered.values())
        if paths:
            # All of them: cfn-lint follows the root's local TemplateURLs.
            for file, text in rendered.items():
                path = folder / name / file
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
        new += paths
    return new[chunk::CHUNKS]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_combination_passes_cfn_lint(tmp_path: Path, chunk: int) -> None:
    paths = _write_new(tmp_path, chunk)
    config = ConfigMixIn(["--ignore-checks", "W3002", "--template", *map(str, paths)])
    found = [f"{match.filename}:{match.linenumber} {match.rule.id} {match.message}" for match in Runner(config).run()]
    assert len(paths) > 50
    assert found == []
