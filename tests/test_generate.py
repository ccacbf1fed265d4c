"""The command as a user runs it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the command needs."""
    for name in ("facts", "templates", "environments", "books_api", "generate.py"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, target)
    return tmp_path


def generate(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "generate.py", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def edit(project: Path, name: str, old: str, new: str) -> None:
    path = project / "environments" / f"{name}.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def files(project: Path) -> dict[str, str]:
    return {str(path.relative_to(project)): path.read_text() for path in sorted((project / "output").rglob("*")) if path.is_file()}


def test_it_renders_everything_and_then_nothing_more(project: Path) -> None:
    first = generate(project)
    assert first.returncode == 0
    assert first.stdout.splitlines()[0].startswith("output/dev/account.template.json  2 resources  ")
    assert all(line.endswith("bytes  new") for line in first.stdout.splitlines())
    assert "Next: " in first.stderr
    again = generate(project)
    assert all(line.endswith("unchanged") for line in again.stdout.splitlines())
    assert len(again.stdout.splitlines()) == len(files(project))


def test_it_renders_one_environment(project: Path) -> None:
    assert generate(project, "prod").returncode == 0
    assert {path.split("/")[1] for path in files(project)} == {"prod"}


def test_the_line_of_a_template_counts_its_resources(project: Path) -> None:
    lines = generate(project, "prod").stdout.splitlines()
    counted = {line.split()[0]: int(line.split()[1]) for line in lines}
    assert counted == {path: len(json.loads(text)["Resources"]) for path, text in files(project).items()}


def test_check_shows_what_would_change_and_writes_nothing(project: Path) -> None:
    generate(project)
    assert generate(project, "--check").returncode == 0
    before = files(project)
    edit(project, "prod", "backup_days = 14", "backup_days = 21")
    checked = generate(project, "--check")
    assert checked.returncode == 1
    assert '-    "BackupRetentionPeriod": 14,' in checked.stdout
    assert '+    "BackupRetentionPeriod": 21,' in checked.stdout
    assert "1 of" in checked.stderr
    assert "Next: python generate.py" in checked.stderr
    assert files(project) == before


def test_a_layer_that_is_gone_loses_its_file(project: Path) -> None:
    generate(project)
    edit(project, "dev", "bastion = true", "bastion = false")
    assert generate(project, "--check").returncode == 1
    assert "output/dev/bastion.template.json  removed" in generate(project).stdout
    assert "output/dev/bastion.template.json" not in files(project)


def test_an_environment_that_is_gone_loses_its_templates(project: Path) -> None:
    generate(project)
    (project / "environments" / "staging.toml").unlink()
    assert "output/staging/root.template.json  removed" in generate(project).stdout
    assert not [path for path in files(project) if "staging" in path]


def test_what_it_has_not_rendered_stays(project: Path) -> None:
    foreign = project / "output" / "team" / "precious.template.json"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("{}")
    assert generate(project).returncode == 0
    assert foreign.exists()


@pytest.mark.parametrize("empty", [True, False])
def test_without_settings_nothing_is_removed(project: Path, *, empty: bool) -> None:
    generate(project)
    before = files(project)
    shutil.rmtree(project / "environments")
    if empty:
        (project / "environments").mkdir()
    failed = generate(project)
    assert failed.returncode == 2
    assert "environments/ has no settings file" in failed.stderr
    assert files(project) == before


def test_where_it_cannot_write_nothing_is_half_written(project: Path) -> None:
    generate(project)
    before = files(project)
    edit(project, "dev", "log_days = 7", "log_days = 14")
    edit(project, "prod", "log_days = 90", "log_days = 120")
    # Even root cannot write to a folder.
    (project / "output" / "prod" / "service.template.tmp").mkdir()
    failed = generate(project)
    assert failed.returncode == 2
    assert "output/prod/service.template.tmp: Is a directory" in failed.stderr
    assert failed.stderr.endswith("Nothing was written.\n")
    assert files(project) == before


def test_a_template_that_cannot_be_read(project: Path) -> None:
    (project / "output" / "prod" / "root.template.json").mkdir(parents=True)
    for arguments in ((), ("--check",)):
        failed = generate(project, *arguments)
        assert failed.returncode == 2
        assert "output/prod/root.template.json: Is a directory" in failed.stderr


def test_a_python_without_the_packages_is_told_which_has_them(project: Path) -> None:
    failed = subprocess.run([sys.executable, "-S", "generate.py"], cwd=project, capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert failed.stderr.endswith("is not installed for this Python. Next: make setup, then .venv/bin/python generate.py\n")


def test_a_mistake_leaves_everything_as_it_was(project: Path) -> None:
    generate(project)
    before = files(project)
    edit(project, "dev", "log_days = 7", "log_days = 14")
    edit(project, "prod", "log_days = 90", "log_days = 91")
    failed = generate(project)
    assert failed.returncode == 2
    assert failed.stdout == ""
    assert "environments/prod.toml: log_days: 91 is not offered; use one of 1, 3, 5, 7, " in failed.stderr
    assert failed.stderr.endswith("Nothing was written.\n")
    assert files(project) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope"], "There is no environments/nope.toml; there are: dev, prod, staging."),
        (["--nope"], "unrecognized arguments: --nope"),
        (["--output", "generate.py"], "generate.py is not a folder"),
    ],
)
def test_mistakes_on_the_command_line(project: Path, arguments: list[str], sentence: str) -> None:
    failed = generate(project, *arguments)
    assert failed.returncode == 2
    assert sentence in failed.stderr


def test_a_broken_api_document(project: Path) -> None:
    (project / "books_api" / "openapi.json").write_text('{"paths": {"/": {"get": {}}}}')
    failed = generate(project)
    assert failed.returncode == 2
    assert "openapi.json: no OpenAPI document" in failed.stderr


def test_a_warning_does_not_stop_it(project: Path) -> None:
    done = generate(project, "dev")
    assert done.returncode == 0
    assert "warning: environments/dev.toml: service.exec: " in done.stderr


def test_the_render_path_imports_nothing_heavy(project: Path) -> None:
    code = "import sys, generate; generate.main(['--check']); print(sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert not {"boto3", "botocore", "cfnlint", "django"} & set(done.stdout.splitlines()[-1].replace("'", " ").split())
