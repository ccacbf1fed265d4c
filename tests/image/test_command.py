"""`python -m ci image` without an engine: what it refuses before it starts anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.image.conftest import ROOT


def image(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ci", "image", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | env, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("version", ["v1.0.0", "1.0", "01.2.3", "1.2.3-rc1", "1.2.3+4", "latest", "1.2.3\n", "1.2.٣"])
@pytest.mark.parametrize("action", [("build",), ("push", "dev")])
def test_a_version_is_three_numbers(action: tuple[str, ...], version: str) -> None:
    result = image(*action, version, PATH="")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"{version} is no version: three numbers such as 1.2.0, nothing before or after them.\n"


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
