"""`python -m ci verify`: what it prints, where, and its exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ci.commands.verify import main
from ci.rules import SEVERITIES
from ci.verification import all_rules
from tests.deployments import ROOT, SUFFIX, Templates, rendered


def write(folder: Path, templates: Templates, environment: str = "prod") -> Path:
    (folder / environment).mkdir()
    for name, template in templates.items():
        (folder / environment / f"{name}{SUFFIX}").write_text(json.dumps(template))
    return folder


def test_every_shipped_environment_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert [line.split(":")[0] for line in output.err.splitlines()] == ["dev", "prod", "staging", "Nothing found. Next"]


def test_a_finding_names_rule_template_resource_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = rendered("prod")
    templates["service"]["Resources"]["Service"]["Properties"]["DesiredCount"] = 2
    assert main(["prod", "--output", str(write(tmp_path, templates))]) == 1
    output = capsys.readouterr()
    first, *text = output.out.splitlines()
    assert first.split() == ["prod", "breaks", "task-count", "service.template.json", "Service"]
    assert "Has a DesiredCount" in text[0]
    assert "Leave DesiredCount out" in " ".join(text)
    assert "1 findings. Next:" in output.err


def test_a_suppression_needs_a_reason_which_the_report_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = rendered("prod")
    service = templates["service"]["Resources"]["Service"]
    service["Properties"]["DesiredCount"] = 2
    service["Metadata"]["Verify"] = {"task-count": "a load test of two tasks"}
    folder = write(tmp_path, templates)
    assert main(["prod", "--output", str(folder)]) == 0
    assert "Reason: a load test of two tasks" in capsys.readouterr().out
    service["Metadata"]["Verify"] = {"task-count": " "}
    (folder / "prod" / f"service{SUFFIX}").write_text(json.dumps(templates["service"]))
    assert main(["prod", "--output", str(folder)]) == 1
    assert {line.split()[2] for line in capsys.readouterr().out.splitlines() if line.startswith("prod")} == {"task-count", "suppressions"}


def test_what_does_not_resolve_cannot_be_suppressed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would switch all rules off."""
    templates = rendered("prod")
    service = templates["service"]["Resources"]["Service"]
    service["Properties"]["Cluster"] = {"Fn::ImportValue": "elsewhere"}
    service["Metadata"]["Verify"] = {"resolved": "later"}
    assert main(["prod", "--output", str(write(tmp_path, templates))]) == 1
    assert "prod  breaks  resolved" in capsys.readouterr().out


def test_a_suppression_that_suppresses_nothing_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = rendered("prod")
    templates["service"]["Resources"]["Service"]["Metadata"]["Verify"] = {"task-count": "nothing to see"}
    assert main(["prod", "--output", str(write(tmp_path, templates))]) == 1
    assert "suppressions" in capsys.readouterr().out


def test_what_does_not_resolve_stops_the_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = rendered("prod")
    templates["service"]["Resources"]["Service"]["Properties"]["Cluster"] = {"Ref": "Nothing"}
    assert main(["prod", "--output", str(write(tmp_path, templates))]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("prod")]
    assert [line.split()[2] for line in lines] == ["resolved"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "there is no such settings file"),
        (["--output", "/nonexistent"], "there are no rendered templates"),
        (["prod", "--output", "/nonexistent"], "there is no root.template.json"),
    ],
)
def test_unusable_input_is_status_2_and_says_what_to_do(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_connections_are_shown_and_compared_with_what_is_declared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = rendered("prod")
    assert main(["prod", "--connections"]) == 0
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["prod", "alb", "service", "8080", "nothing:", "HTTP", "-", "-", "yes"] in shown
    assert ["prod", "service", "database", "5432", "TLS", "AWS's,", "of", "rds-ca-rsa2048-g1", "database", "yes"] in shown
    rules = [rule for rule in templates["network"]["Resources"].values() if rule["Properties"].get("FromPort") == 5432]
    for rule in rules:
        rule["Properties"] |= {"FromPort": 5433, "ToPort": 5440}
    assert main(["prod", "--connections", "--output", str(write(tmp_path, templates))]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if "service  database" in line]
    assert [line.split()[-1] for line in lines] == ["no", "closed"] and " 5433-5440 " in lines[0] and " 5432 " in lines[1]


@pytest.mark.parametrize(
    "text",
    [
        "Resources:",
        "{}",
        '{"Resources": []}',
        '{"Resources": {"A": []}}',
        '{"Resources": {"A": {"Type": 7}}}',
        '{"Resources": {"A": {"Type": "B", "Properties": []}}}',
        '{"Resources": {"A": {"Type": "B", "Metadata": {"Verify": null}}}}',
        '{"Resources": {"A": {"Type": "B", "Metadata": {"Verify": ["task-count"]}}}}',
        '{"Resources": {"Fn::ForEach::Each": ["x", ["y"], {}]}}',
        '{"Resources": {}, "Outputs": {"A": 3}}',
    ],
)
def test_a_file_that_is_no_template_is_status_2(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, rendered("prod"))
    (tmp_path / "prod" / f"api{SUFFIX}").write_text(text)
    assert main(["prod", "--output", str(tmp_path)]) == 2
    assert "api.template.json: this is not a template that can be read" in capsys.readouterr().err


def test_each_rule_says_why_where_to_read_and_what_to_do() -> None:
    rules = all_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.severity in SEVERITIES, rule.id
        assert rule.sentence.endswith("."), rule.id
        assert rule.why.endswith("."), rule.id
        assert rule.remedy.endswith("."), rule.id
        assert rule.source.startswith(("https://", "docs/")), rule.id


@pytest.mark.parametrize("arguments", [["--help"], ["verify", "--help"], ["verify", "--list"]])
def test_help_and_list_come_from_the_command_line(arguments: list[str]) -> None:
    run = subprocess.run([sys.executable, "-m", "ci", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "verify" in run.stdout or "task-count" in run.stdout


def test_an_unknown_verb_is_status_2() -> None:
    run = subprocess.run([sys.executable, "-m", "ci", "verfy"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "There is no verb verfy" in run.stderr


def test_it_imports_no_linter_no_sdk_and_no_templates_library() -> None:
    heavy = "('cfnlint', 'boto3', 'troposphere', 'awacs')"
    code = f"import sys; from ci.commands.verify import main; main(['prod']); print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
