"""`python -m ci image` without an engine: what it refuses before it starts anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci.commands.image import main
from tests.image.conftest import ROOT


def image(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ci", "image", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | env, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("version", ["vv1.0.0", "1.0", "01.2.3", "1.2.3-rc1", "1.2.3+4", "latest", "1.2.3\n", "1.2.٣"])
@pytest.mark.parametrize("action", [("build",), ("push", "dev")])
def test_a_version_is_three_numbers(action: tuple[str, ...], version: str) -> None:
    result = image(*action, version, PATH="")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"{version} is no version: give three numbers such as 1.2.0.\n"


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """One that writes down what it is asked for, and whether an image gets attestations beside it."""
    command = tmp_path / "docker"
    command.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "$BUILDX_NO_DEFAULT_ATTESTATIONS" > {tmp_path}/asked\n', encoding="utf-8")
    command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "platforms"),
    [
        ((), ["--platform=linux/arm64"]),
        (("--platform=linux/amd64",), ["--platform=linux/amd64"]),
        # docker takes each one that it is given for one more platform.
        (("--no-cache", "--platform", "linux/amd64"), ["--platform", "linux/amd64"]),
    ],
)
def test_one_platform(docker: Path, options: tuple[str, ...], platforms: list[str]) -> None:
    result = image("build", "v1.2.3", "--for", "dev", *options, PATH=f"{docker}:{os.environ['PATH']}")
    assert (result.returncode, result.stdout) == (0, "books-api:1.2.3\n"), result.stderr
    assert result.stderr == "Next: python -m ci image push dev 1.2.3\n"
    asked = (docker / "asked").read_text(encoding="utf-8").splitlines()
    assert [word for word in asked if "platform" in word or word.startswith("linux/")] == platforms
    assert asked[-1] == "1"


def test_building_does_without_boto3(docker: Path) -> None:
    """As `make setup` leaves it; pushing says what it takes."""
    script = "import sys; sys.modules['boto3'] = sys.modules['botocore'] = None; from ci.__main__ import main; sys.exit(main(sys.argv[1:]))"
    for arguments, status in ((("build", "1.2.3"), 0), (("push", "dev", "1.2.3"), 2)):
        command = [sys.executable, "-c", script, "image", *arguments]
        env = os.environ | {"PATH": f"{docker}:{os.environ['PATH']}"}
        result = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
        assert result.returncode == status, result.stderr
    sentence = "python -m ci image takes boto3, which is not installed for this Python."
    assert result.stderr == f"{sentence} Next: make deploy-tools, then .venv/bin/python -m ci image\n"


def test_environments_that_differ(docker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", str(docker))
    for module in ("ci.commands.image", "ci.deployed.docker"):
        monkeypatch.setattr(f"{module}.HERE", docker)
    (docker / "environments").mkdir()
    arn = "arn:aws:ecr:us-east-1:111122223333:repository/shared"
    for name, line in (("dev", f'image_repository_arn = "{arn}"'), ("other", 'architecture = "X86_64"')):
        settings = (ROOT / "environments" / "dev.toml").read_text(encoding="utf-8").replace("[service]\n", f"[service]\n{line}\n")
        (docker / "environments" / f"{name}.toml").write_text(settings, encoding="utf-8")
    assert main(["build", "1.2.3"]) == 2
    assert capsys.readouterr().err == "The environments run on ARM64 and X86_64: say for which one to build with --for ENV.\n"
    assert main(["push", "dev", "1.2.3"]) == 2
    said = capsys.readouterr().err
    assert said == f"dev takes its images from {arn}: push to the environment that this repository belongs to.\n"
    assert not (docker / "asked").exists()


def test_an_environment_that_is_not_there() -> None:
    result = image("push", "nowhere", "1.2.3")
    assert result.returncode == 2
    assert "nowhere.toml: there is no such settings file." in result.stderr


def test_an_option_that_push_does_not_know() -> None:
    result = image("push", "dev", "1.2.3", "--force")
    assert result.returncode == 2
    assert "unrecognized arguments: --force" in result.stderr


def test_no_docker_on_this_machine(tmp_path: Path) -> None:
    result = image("push", "dev", "1.2.3", PATH=str(tmp_path))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "There is no docker on this machine: install it, or add its folder to PATH.\n"


def test_help_shows_examples_and_the_exit_statuses() -> None:
    result = image("--help")
    assert (result.returncode, result.stderr) == (0, "")
    for part in ("python -m ci image build 1.2.0", "python -m ci image push prod 1.2.0", "exit status:"):
        assert part in result.stdout
