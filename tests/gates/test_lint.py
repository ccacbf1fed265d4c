"""`python -m ci lint`: what it prints, where, and its exit status."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ci.commands import lint
from ci.gates import GATES, cfn_lint
from tests.settings import ROOT


@pytest.fixture(autouse=True)
def _memory_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lint, "MEMORY", tmp_path / "memory")


def copy(tmp_path: Path, *names: str) -> Path:
    """A folder with templates of prod, and the root that nests them."""
    folder = tmp_path / "output" / "prod"
    folder.mkdir(parents=True)
    for name in ("root", *names):
        shutil.copy(ROOT / "output" / "prod" / f"{name}.template.json", folder)
    return folder


def test_clean_templates_are_status_0_and_are_not_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = copy(tmp_path, "database").parent
    assert lint.main(["--output", str(output)]) == 0
    assert lint.main(["--output", str(output)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[:2] == [f"{gate.NAME}: 2 templates, 2 of them new, 0 findings" for gate in GATES]
    assert printed.err.splitlines()[3:5] == [f"{gate.NAME}: 2 templates, 0 of them new, 0 findings" for gate in GATES]


def test_a_finding_of_each_gate_names_rule_template_and_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy(tmp_path, "database")
    path = folder / "database.template.json"
    template = json.loads(path.read_text())
    template["Resources"]["Instance"]["Properties"]["BackupRetentionPeriod"] = 40
    path.write_text(json.dumps(template))
    assert lint.main(["prod", "--output", str(folder.parent)]) == 1
    printed = capsys.readouterr()
    gates = {line.split()[0] for line in printed.out.splitlines() if "prod/database.template.json" in line and "Instance" in line}
    assert gates == {gate.NAME for gate in GATES}
    assert "Next: correct" in printed.err


def test_a_template_that_cannot_be_read_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy(tmp_path)
    (folder / "database.template.json").mkdir()
    assert lint.main(["--output", str(folder.parent)]) == 2
    assert "database.template.json: this cannot be read: Is a directory." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"), [(["nowhere"], "render the environment first"), (["--output", "/none"], "render them first")]
)
def test_where_nothing_was_rendered_it_is_status_2(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_a_configuration_that_cannot_be_used_is_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / ".cfnlintrc"
    wrong.write_text("ignore_checks: 3\n")
    monkeypatch.setattr(cfn_lint, "CONFIGURATION", wrong)
    assert lint.main(["--output", str(copy(tmp_path).parent)]) == 2
    assert str(wrong) in capsys.readouterr().err


def test_what_is_known_needs_no_linter(tmp_path: Path) -> None:
    output = copy(tmp_path, "database").parent
    code = f"""if __name__ == "__main__":
    import sys, pathlib
    from ci.commands import lint
    lint.MEMORY = pathlib.Path({str(tmp_path / "memory")!r})
    lint.main(["--output", {str(output)!r}])
    print([name for name in ("cfnlint", "cloudformation_validate", "boto3", "troposphere") if name in sys.modules])"""
    for expected in ("['cfnlint', 'cloudformation_validate']", "[]"):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == expected


def test_the_plain_command_leaves_out_the_same() -> None:
    configuration = yaml.safe_load(cfn_lint.CONFIGURATION.read_text())
    assert configuration["ignore_checks"] == [each.rule for each in cfn_lint.LEFT_OUT]
