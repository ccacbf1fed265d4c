"""The other gates are content with every allowed combination of settings, not only with the shipped ones."""

import json
import subprocess
from pathlib import Path

import pytest

from ci.gates import GATES
from ci.gates.gate import Gate
from templates.render import render
from tests.matrix import combinations
from tests.settings import ROOT

CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The templates of all combinations, each text once."""
    folder = tmp_path_factory.mktemp("combinations")
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
    return new


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.NAME)
def test_every_combination_passes(gate: Gate, templates: list[Path]) -> None:
    assert len(templates) > 100
    assert gate.findings(templates) == []


@pytest.mark.skipif(not CHECKOV.exists(), reason="checkov is not installed: make .venv-checkov/.installed")
def test_checkov_objects_to_exactly_what_is_left_out_with_a_reason(templates: list[Path], tmp_path: Path) -> None:
    left_out = set()
    for number, path in enumerate(templates):
        template = json.loads(path.read_text())
        name = f"{number}.json"
        for title, resource in template["Resources"].items():
            for skipped in resource["Metadata"].pop("checkov", {}).get("skip", []):
                assert skipped["comment"]
                left_out.add((name, f"{resource['Type']}.{title}", skipped["id"]))
        (tmp_path / name).write_text(json.dumps(template))
    arguments = ["--directory", str(tmp_path), "--config-file", str(ROOT / ".checkov.yaml"), "--output", "json", "--soft-fail"]
    done = subprocess.run([CHECKOV, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True)
    failed = json.loads(done.stdout)["results"]["failed_checks"]
    assert {(each["file_path"].lstrip("/"), each["resource"], each["check_id"]) for each in failed} == left_out
