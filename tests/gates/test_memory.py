"""What was clean is not asked again; whatever could change the answer is."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from ci.gates import cfn_lint, cloudformation_validate, memory
from ci.gates.gate import Found, LeftOut
from tests.settings import ROOT

PROD = ROOT / "output" / "prod"


class Counting:
    """A real gate that notes what it was asked."""

    NAME = cloudformation_validate.NAME
    LEFT_OUT: tuple[LeftOut, ...] = ()

    def __init__(self) -> None:
        self.version: str | None = "1"
        self.asked: list[str] = []

    def fingerprint(self) -> str | None:
        return self.version

    def findings(self, templates: Sequence[Path]) -> list[Found]:
        self.asked = [template.name.partition(".")[0] for template in templates]
        return cloudformation_validate.findings(templates)


@pytest.fixture
def gate() -> Counting:
    return Counting()


@pytest.fixture
def templates(tmp_path: Path) -> list[Path]:
    return [Path(shutil.copy(PROD / f"{name}.template.json", tmp_path)) for name in ("database", "endpoints", "network", "root")]


def ask(gate: Counting, templates: list[Path]) -> list[str]:
    """Ask it with the memory beside the templates; return what it was asked of."""
    gate.asked = []
    found, count = memory.findings(gate, templates, templates[0].parent / "memory")
    assert count == len(gate.asked)
    assert not found
    return gate.asked


def break_type(template: Path) -> None:
    template.write_text(template.read_text().replace("AWS::RDS::DBInstance", "AWS::RDS::DBInstanc"))


def test_the_same_content_is_asked_once(gate: Counting, templates: list[Path]) -> None:
    assert ask(gate, templates) == ["database", "endpoints", "network", "root"]
    assert ask(gate, templates) == []


def test_another_content_is_asked(gate: Counting, templates: list[Path]) -> None:
    ask(gate, templates)
    templates[1].touch()
    assert ask(gate, templates) == []
    templates[1].write_text(templates[1].read_text() + "\n")
    assert ask(gate, templates) == ["endpoints", "root"]


def test_another_version_or_configuration_asks_everything(gate: Counting, templates: list[Path]) -> None:
    ask(gate, templates)
    gate.version = "2"
    assert len(ask(gate, templates)) == 4


def test_a_gate_of_which_nobody_can_tell_is_asked_each_time(gate: Counting, templates: list[Path]) -> None:
    gate.version = None
    assert len(ask(gate, templates)) == len(ask(gate, templates)) == 4


def test_what_is_nested_belongs_to_what_nests_it(gate: Counting, templates: list[Path]) -> None:
    ask(gate, templates)
    templates[0].write_text(templates[0].read_text() + "\n")
    assert ask(gate, templates) == ["database", "root"]
    shutil.copy(PROD / "service.template.json", templates[0].parent)
    assert ask(gate, templates) == ["root"]


def test_a_finding_is_found_each_time_and_hidden_by_no_neighbour(gate: Counting, templates: list[Path]) -> None:
    ask(gate, templates)
    break_type(templates[0])
    for _ in range(2):
        found, _ = memory.findings(gate, templates, templates[0].parent / "memory")
        assert {each.template for each in found} == {templates[0]}
        assert "F3016" in {each.rule for each in found}
    # Once: the root, which nests it, is clean.
    assert gate.asked == ["database"]


def test_a_finding_without_a_template_lets_nothing_be_remembered(gate: Counting, templates: list[Path], tmp_path: Path) -> None:
    class Vague(Counting):
        def findings(self, _: Sequence[Path]) -> list[Found]:
            return [Found(Path(), "", "E0000", "The configuration is wrong.")]

    found, _ = memory.findings(Vague(), templates, tmp_path / "memory")
    assert len(found) == 1
    assert len(ask(gate, templates)) == 4


def test_what_changes_while_it_is_read_is_not_remembered(gate: Counting, templates: list[Path], tmp_path: Path) -> None:
    broken = templates[0].read_text().replace("AWS::RDS::DBInstance", "AWS::RDS::DBInstanc")
    clean = templates[0].read_text()
    templates[0].write_text(broken)

    class Late(Counting):
        def findings(self, asked: Sequence[Path]) -> list[Found]:
            templates[0].write_text(clean)
            return cloudformation_validate.findings(asked)

    assert memory.findings(Late(), templates, tmp_path / "memory")[0] == []
    templates[0].write_text(broken)
    assert memory.findings(gate, templates, tmp_path / "memory")[0]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe\x00", b"{]" * 100, b"0" * 63])
def test_a_damaged_memory_forgets(gate: Counting, templates: list[Path], damage: bytes) -> None:
    ask(gate, templates)
    (templates[0].parent / "memory").write_bytes(damage)
    assert len(ask(gate, templates)) == 4
    assert ask(gate, templates) == []


def test_a_memory_that_is_cut_off_forgets_what_was_cut(gate: Counting, templates: list[Path]) -> None:
    ask(gate, templates)
    file = templates[0].parent / "memory"
    file.write_bytes(file.read_bytes()[:-10])
    assert ask(gate, templates) == ["root"]
    assert ask(gate, templates) == []


def test_a_memory_that_cannot_be_kept_is_no_obstacle(gate: Counting, templates: list[Path], tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    assert len(ask(gate, templates)) == len(ask(gate, templates)) == 4


def test_a_template_with_an_escaped_type_nests_too(gate: Counting, templates: list[Path]) -> None:
    root = templates[-1]
    root.write_text(root.read_text().replace("AWS::CloudFormation::Stack", "AWS::CloudFormation::\\u0053tack"))
    assert json.loads(root.read_text())["Resources"]["Database"]["Type"] == "AWS::CloudFormation::Stack"
    ask(gate, templates)
    templates[0].write_text(templates[0].read_text() + "\n")
    assert ask(gate, templates) == ["database", "root"]


def test_the_answer_of_cfn_lint_depends_on_configuration_region_and_schemas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    seen = {cfn_lint.fingerprint()}
    configuration = tmp_path / ".cfnlintrc"
    shutil.copy(cfn_lint.CONFIGURATION, configuration)
    monkeypatch.setattr(cfn_lint, "CONFIGURATION", configuration)
    assert cfn_lint.fingerprint() in seen
    configuration.write_text(configuration.read_text() + "  - W2001\n")
    seen.add(cfn_lint.fingerprint())
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    seen.add(cfn_lint.fingerprint())
    newer = tmp_path / "aws" / "cfn-lint" / "schemas" / "version.json"
    newer.parent.mkdir(parents=True)
    newer.write_text("{}")
    seen.add(cfn_lint.fingerprint())
    assert len(seen) == 4
    configuration.write_text("append_rules: [rules]\n")
    assert cfn_lint.fingerprint() is None


def test_cfn_lint_reads_the_root_anew_when_a_layer_asks_for_more(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(PROD, tmp_path / "prod"))
    pair = [folder / "database.template.json", folder / "root.template.json"]
    assert memory.findings(cfn_lint, pair, tmp_path / "memory") == ([], 2)
    layer = json.loads(pair[0].read_text())
    layer["Parameters"]["Another"] = {"Type": "String"}
    layer["Outputs"]["Another"] = {"Value": {"Ref": "Another"}}
    pair[0].write_text(json.dumps(layer))
    found, asked = memory.findings(cfn_lint, pair, tmp_path / "memory")
    assert asked == 2
    assert {(each.template.name, each.rule) for each in found} == {("root.template.json", "E3043")}
