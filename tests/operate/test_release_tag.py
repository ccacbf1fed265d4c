"""A release is a commit, and a version is one commit for ever."""

import subprocess
from pathlib import Path

import pytest

from ci.release import main, tag


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def test_a_version_is_one_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "one")
    assert tag(tmp_path, "1.0.0") is None
    assert git(tmp_path, "rev-parse", "v1.0.0") == git(tmp_path, "rev-parse", "HEAD")
    # Again, where a push failed before.
    assert tag(tmp_path, "1.0.0") is None

    (tmp_path / "file").write_text("changed", encoding="utf-8")
    assert "not committed" in str(tag(tmp_path, "1.1.0"))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "two")
    assert "is the commit" in str(tag(tmp_path, "1.0.0"))
    assert git(tmp_path, "tag") == "v1.0.0"


def test_an_environment_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "one")
    monkeypatch.setattr("ci.release.HERE", tmp_path)
    assert main(["1.0.0", "nowhere"]) == 2
    assert "nowhere.toml: there is no such settings file" in capsys.readouterr().err
    assert git(tmp_path, "tag") == ""


def test_what_is_no_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["v1.0", "dev"]) == 2
    assert "v1.0 is no version" in capsys.readouterr().err
