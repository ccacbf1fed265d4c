"""The workflows name only what is there: files, make's targets, verbs and their options; and they are allowed no more than they need."""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ci.__main__ import VERBS
from tests.deployment.dev import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# What GitHub's machines have, and the shell.
TOOLS = {"[", "cat", "curl", "docker", "echo", "exit", "gh", "gzip", "if", "fi", "then"}
# What a run makes itself.
MADE = {"image.tar.gz", "preview.md"}


def workflow(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def scripts(path: Path) -> list[str]:
    return [step["run"].replace("\\\n", " ") for job in workflow(path)["jobs"].values() for step in job["steps"] if "run" in step]


def commands(script: str) -> list[list[str]]:
    """Each simple command of a script, its words without quotes; what is assigned by a command is one too."""
    found = []
    for line in script.replace("$(", "\n").splitlines():
        for part in re.split(r"\|\||&&|[|;{}](?![^\"']*[\"'])", line):
            lexer = shlex.shlex(part.replace(")", " "), posix=True, punctuation_chars="<>")
            lexer.whitespace_split = True
            lexer.quotes = '"' if part.count("'") % 2 else "\"'"
            try:
                words = list(lexer)
            except ValueError:
                words = part.split()
            while words and (words[0] in ("if", "then", "{", "}") or re.match(r"\w+=", words[0])):
                words.pop(0)
            if words:
                found.append(words)
    return found


@cache
def help_of(verb: str, *action: str) -> str:
    done = subprocess.run([sys.executable, "-m", "ci", verb, *action, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_is_there(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+|\$\(VENV\)/\.\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    found = [command for script in scripts(path) for command in commands(script)]
    assert found
    for command in found:
        tool, *rest = command
        if tool == "make":
            assert rest[0].replace(".venv/", "$(VENV)/") in targets, rest
        elif tool in (".venv/bin/python", "python") and rest[:2] == ["-m", "ci"]:
            verb, *arguments = rest[2:]
            assert verb in VERBS, verb
            action = arguments[:1] if verb == "image" else []
            for option in (word for word in arguments if word.startswith("--")):
                assert re.search(rf"{option}(?![\w-])", help_of(verb, *action)), option
            for name in set(arguments) & {"staging", "prod"}:
                assert (ROOT / "environments" / f"{name}.toml").exists()
        elif tool in (".venv/bin/python", "python"):
            assert rest[0] in ("-m", "generate.py"), rest
            assert rest[0] == "generate.py" or rest[1] in ("awscli", "pip", "pip_audit"), rest
        else:
            assert tool in TOOLS, command


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_file_is_there(path: Path) -> None:
    named = set(re.findall(r"(?<![\w./$-])[\w./-]+\.(?:py|txt|toml|md|json|tar\.gz)\b", path.read_text(encoding="utf-8")))
    assert [name for name in named - MADE if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_more_rights_than_needed(path: Path) -> None:
    loaded = workflow(path)
    for name, job in loaded["jobs"].items():
        rights = job.get("permissions", loaded["permissions"])
        signs_in = any(step.get("uses", "").startswith("aws-actions/") for step in job["steps"])
        assert (rights.get("id-token") == "write") == signs_in, name
        assert {right for right, level in rights.items() if level == "write"} <= {"id-token", "pull-requests"}, name
        # A role is taken on from an environment, where people approve.
        assert not signs_in or "environment" in job, name
        assert "timeout-minutes" in job, name
    assert "concurrency" in loaded
    # What others can write comes by the environment, never into the text of a command.
    assert not [script for script in scripts(path) if "${{" in script]


def test_deployments_wait_for_each_other() -> None:
    groups = {path.stem: workflow(path)["concurrency"] for path in WORKFLOWS}
    assert groups["release"] == groups["rollback"] == {"group": "deploy", "cancel-in-progress": False}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """A tag can be moved to other code; the comment says which version the commit is."""
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert used
    assert not [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)]
