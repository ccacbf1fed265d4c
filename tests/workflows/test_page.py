"""What docs/pipelines.md tells to type in any shell does what it says, at an endpoint on loopback."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deployment.account import Account, CommandError
from tests.deployment.conftest import account, endpoint
from tests.deployment.documented import PREPARE, commands
from tests.operate.test_release import push
from tests.workflows.files import ROOT
from tests.workflows.test_commands import assert_there

__all__ = ["account", "endpoint"]

PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
STACK = "awsome-books-staging"
PARTS = ("books_api", "ci", "environments", "facts", "generate.py", "output", "templates")


def typed(*headings: str) -> str:
    return commands(*headings, page="pipelines")


@pytest.fixture
def checkout(account: Account) -> Path:
    """The project as a pipeline has it: a clone with its tools, at a commit of the main branch that is tagged."""
    for part in PARTS:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, account.folder / part)
    python = account.folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    git(account.folder, "init", "--quiet", "--initial-branch=main")
    git(account.folder, "add", *PARTS)
    commit(account.folder, "one")
    git(account.folder, "tag", "v1.2.0")
    git(account.folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    return account.folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--all", "--message", message)


def test_a_change(account: Account, checkout: Path) -> None:
    settings = checkout / "environments" / "staging.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("min_tasks = 1", "min_tasks = 2"), encoding="utf-8")
    account.shell(".venv/bin/python generate.py")
    commit(checkout, "two tasks")
    said = account.shell(typed("A change"))
    assert "MinCapacity" in said
    assert "MinCapacity" in (checkout / "preview.md").read_text(encoding="utf-8")

    settings.write_text(settings.read_text(encoding="utf-8").replace("us-east-1b", "us-east-1c"), encoding="utf-8")
    account.shell(".venv/bin/python generate.py")
    with pytest.raises(CommandError, match="Refused"):
        account.shell(typed("A change"))


def test_a_release_and_a_rollback(account: Account, checkout: Path) -> None:
    account.shell("aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com")
    account.shell(commands(*PREPARE).replace("environment=dev", "environment=staging"))
    old, new = push(account, "1.1.0", repository=STACK), push(account, "1.2.0", repository=STACK)
    account.shell(typed("A release"))
    assert account.stack(STACK)["Parameters"]["ImageDigest"] == new
    account.shell(typed("A rollback"))
    assert account.stack(STACK)["Parameters"]["ImageDigest"] == old

    # Nothing is deployed whose templates are not the settings', or of a commit that is not on the main branch.
    events = account.events(STACK)
    settings = checkout / "environments" / "staging.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("min_tasks = 1", "min_tasks = 2"), encoding="utf-8")
    with pytest.raises(CommandError, match="out of date"):
        account.shell(typed("A release"))
    account.shell(".venv/bin/python generate.py")
    commit(checkout, "not reviewed")
    git(checkout, "tag", "--force", "v1.2.0")
    # By git, without a word.
    with pytest.raises(CommandError, match=r"\A\Z"):
        account.shell(typed("A release"))
    assert account.events(STACK) == events


def test_every_command_of_the_page_is_there() -> None:
    blocks = re.findall(r"```sh(?:ell)?\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 9
    for block in blocks:
        assert_there(block)


def test_the_pipeline_for_gitlab() -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    pipeline = yaml.safe_load(block)
    jobs = {name: job for name, job in pipeline.items() if name != "stages"}
    assert {job["stage"] for job in jobs.values() if "stage" in job} == set(pipeline["stages"])
    assert {job["extends"] for job in jobs.values() if "extends" in job} <= set(jobs)
    for job in jobs.values():
        for line in job.get("script", []):
            assert_there(line)
