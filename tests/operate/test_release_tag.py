"""A release is a commit, and a version is one commit for ever; what can be known before is known before anything is tagged."""

import subprocess
from pathlib import Path

import pytest

from ci.commands import image
from ci.commands.release import look, main, tag
from ci.deployed.errors import RefusedError
from tests.deployment.account import Account
from tests.deployment.dev import ROOT, STACK
from tests.operate.test_preflight import bootstrap

# Writes down what it is asked for; an image is there, for ARM64, and no registry has it.
DOCKER = """#!/bin/sh
echo "$*" >> {folder}/asked
case "$*" in
    "image inspect --format={{{{.Os}}}}"*) echo linux/arm64;;
    "image inspect --format={{{{range"*) echo "{registry}@sha256:1";;
    "manifest inspect"*) echo "no such manifest: $3" >&2; exit 1;;
esac
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def committed(folder: Path) -> Path:
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "one")
    return folder


def test_a_version_is_one_commit(tmp_path: Path) -> None:
    committed(tmp_path)
    here = git(tmp_path, "rev-parse", "HEAD")
    assert look(tmp_path, "v1.0.0") == here
    tag(tmp_path, "v1.0.0", here)
    assert git(tmp_path, "rev-parse", "v1.0.0") == here
    # Again, where a push failed before.
    assert look(tmp_path, "v1.0.0") is None

    (tmp_path / "file").write_text("changed", encoding="utf-8")
    with pytest.raises(RefusedError, match="not committed"):
        look(tmp_path, "v1.1.0")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "two")
    with pytest.raises(RefusedError, match="is the commit"):
        look(tmp_path, "v1.0.0")
    assert git(tmp_path, "tag") == "v1.0.0"


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError, match=r"git status failed in .*: fatal: not a git repository"):
        look(tmp_path, "v1.0.0")
    with pytest.raises(RefusedError, match="git tag failed"):
        tag(tmp_path, "v1.0.0", "HEAD")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RefusedError, match="There is no git on this machine"):
        look(tmp_path, "v1.0.0")


def test_an_environment_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("ci.commands.release.HERE", committed(tmp_path))
    assert main(["1.0.0", "nowhere"]) == 2
    assert "nowhere.toml: there is no such settings file" in capsys.readouterr().err
    assert git(tmp_path, "tag") == ""


def test_what_is_no_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["v1.0", "dev"]) == 2
    assert capsys.readouterr().err == "v1.0 is no version: give three numbers such as 1.2.0.\n"


@pytest.fixture
def project(signed_in: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project with the shipped environments, and a docker that answers, in an account."""
    folder = tmp_path / "project"
    (folder / "environments").mkdir(parents=True)
    for name in ("dev", "staging"):
        settings = (ROOT / "environments" / f"{name}.toml").read_text(encoding="utf-8")
        (folder / "environments" / f"{name}.toml").write_text(settings, encoding="utf-8")
    git(folder, "init", "--quiet")
    commit(folder)
    monkeypatch.setattr("ci.commands.release.HERE", folder)
    monkeypatch.setattr(image, "HERE", folder)
    docker(signed_in)
    return folder


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "settings")


def docker(account: Account, script: str = DOCKER) -> None:
    registry = f"{account.number}.dkr.ecr.us-east-1.amazonaws.com/{STACK}"
    command = account.folder / "bin" / "docker"
    command.write_text(script.format(folder=account.folder, registry=registry), encoding="utf-8")
    command.chmod(0o755)


def asked(account: Account) -> list[str]:
    return (account.folder / "asked").read_text(encoding="utf-8").splitlines()


def test_a_release(account: Account, project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bootstrap(account)
    capfd.readouterr()
    assert main(["v1.0.0", "dev", "--no-cache"]) == 0
    said = capfd.readouterr()
    assert said.out == "books-api:1.0.0\nsha256:1\n"
    assert said.err.endswith("Next: python -m ci deploy dev --image 1.0.0\n")
    assert git(project, "tag", "--points-at", "HEAD") == "v1.0.0"
    assert [line.split()[0] for line in asked(account)] == ["version", "build", "image", "login", "manifest", "tag", "push", "image"]
    assert "--no-cache" in asked(account)[1]


def test_a_release_again(account: Account, project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An engine may call the same image by another digest than the registry, and than another engine."""
    assert project
    bootstrap(account)
    there = DOCKER.replace('echo "no such manifest: $3" >&2; exit 1', "echo sha256:0")
    docker(account, there.replace('"manifest', '*.Id*) echo "sha256:of $4";;\n    *.Created*) echo same;;\n    "manifest'))
    assert main(["1.0.0", "dev"]) == 0
    assert f"{STACK}:1.0.0 is this image already." in capfd.readouterr().err
    docker(account, there.replace('"manifest', '*.Created*) echo "that of $4";;\n    "manifest'))
    assert main(["1.0.0", "dev"]) == 1
    assert f"{STACK}:1.0.0 exists already, and a version never changes" in capfd.readouterr().err
    assert not [line for line in asked(account) if line.startswith("push ")]


def test_what_is_refused_before_a_tag(
    account: Account, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refused(sentence: str, *environments: str) -> None:
        assert main(["1.0.0", *environments]) == 2
        assert sentence in capfd.readouterr().err
        assert git(project, "tag") == ""
        assert not [line for line in asked(account) if not line.startswith("version ")]

    refused(f"There is no registry {STACK} yet. Next: python -m ci deploy dev --image 1.0.0", "dev")
    with monkeypatch.context() as patched:
        patched.delenv("AWS_ACCESS_KEY_ID")
        patched.delenv("AWS_SECRET_ACCESS_KEY")
        patched.setenv("AWS_EC2_METADATA_DISABLED", "true")
        refused("No AWS credentials found: ", "dev")
    docker(account, '#!/bin/sh\necho "$*" >> {folder}/asked\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n')
    refused("No Docker engine answers: Cannot connect to the Docker daemon", "dev")
    docker(account)

    staging = project / "environments" / "staging.toml"
    settings = staging.read_text(encoding="utf-8")
    arn = "arn:aws:ecr:us-east-1:111122223333:repository/shared"
    for line, sentence in (
        ('architecture = "X86_64"', "dev and staging do not run on the same processor: python -m ci release 1.0.0 dev, then"),
        (f'image_repository_arn = "{arn}"', f"staging takes its images from {arn}: push to the environment that"),
    ):
        staging.write_text(settings.replace("[service]\n", f"[service]\n{line}\n"), encoding="utf-8")
        commit(project)
        refused(sentence, *(("dev", "staging") if "processor" in sentence else ("staging",)))


def test_what_fails_later_is_no_refusal(account: Account, project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bootstrap(account)
    docker(account, DOCKER.replace('"image inspect', 'build*) exit 1;;\n    "image inspect', 1))
    assert main(["1.0.0", "dev"]) == 1
    assert "docker build " in capfd.readouterr().err
    # The next commit may have this version.
    assert git(project, "tag") == ""
    docker(account, DOCKER.replace("arm64", "amd64"))
    assert main(["1.0.0", "dev"]) == 1
    assert "books-api:1.0.0 is built for linux/amd64, and dev runs on linux/arm64" in capfd.readouterr().err
    assert git(project, "tag") == "v1.0.0"
    docker(account)
    assert main(["1.0.0", "dev"]) == 0
