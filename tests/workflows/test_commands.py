"""The workflows name only what is there: files, make's targets, verbs and their options; and they are allowed no more than they need."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from ci.__main__ import VERBS
from tests.workflows.files import ACTIONS, GITHUB, ROOT, WORKFLOWS, commands, read, scripts, steps

ALL = [*WORKFLOWS, *ACTIONS]
# What the pipelines' machines have, and the shell.
TOOLS = {"cat", "curl", "docker", "echo", "exit", "gh", "git", "grype", "gzip", "jq", "printenv", "wc"}
# What a run makes itself.
MADE = {"image.tar.gz", "preview.md"}

each = pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(GITHUB)))
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


@cache
def help_of(verb: str, *action: str) -> str:
    done = subprocess.run([sys.executable, "-m", "ci", verb, *action, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def assert_there(script: str) -> None:
    """Every command of a script is one of ours, of make's or of the machine's, with options that it has."""
    targets = set(re.findall(r"^([a-z-]+|\$\(VENV\)/\.\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for command in commands(script):
        tool, *rest = command
        if tool == "make":
            assert rest[0].replace(".venv/", "$(VENV)/") in targets, rest
        elif tool in (".venv/bin/python", "python") and rest[:2] == ["-m", "ci"]:
            verb, *arguments = rest[2:]
            assert verb in VERBS, verb
            action = arguments[:1] if verb == "image" else []
            for option in (word for word in arguments if word.startswith("--")):
                # What `image build` does not know goes to docker.
                known = help_of(verb, *action) + ("--platform" if action == ["build"] else "")
                assert re.search(rf"{option}(?![\w-])", known), option
            for name in set(arguments) & {"dev", "staging", "prod"}:
                assert (ROOT / "environments" / f"{name}.toml").exists()
        elif tool == ".venv/bin/python":
            assert rest == ["generate.py", "--check"], rest
        else:
            assert tool in TOOLS, command


@each
def test_every_command_is_there(path: Path) -> None:
    assert scripts(path)
    for script in scripts(path):
        assert_there(script.text)


def test_a_command_that_is_not_there_is_found() -> None:
    for script in (
        "make tea",
        ".venv/bin/python -m ci deliver",
        ".venv/bin/python -m ci deploy dev --imago 1",
        "if x; then kubectl apply; fi",
    ):
        with pytest.raises(AssertionError):
            assert_there(script)


@each
def test_every_file_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w./$-])[\w./-]+\.(?:py|txt|toml|md|json|tar\.gz)\b", text))
    assert [name for name in named - MADE if not (ROOT / name).exists()] == []
    for own in re.findall(r"uses: \./(\S+)", text):
        action = read(ROOT / own / "action.yml")
        given = [step.get("with", {}) for step, _ in steps(path) if step.get("uses") == f"./{own}"]
        assert [set(arguments) for arguments in given] == [set(action["inputs"])] * len(given)


@each_workflow
def test_no_more_rights_than_needed(path: Path) -> None:
    loaded = read(path)
    # Each job says what it may.
    assert loaded["permissions"] == {}
    for name, job in loaded["jobs"].items():
        rights = job["permissions"]
        signs_in = any("configure-aws-credentials" in text_of(step) for step in job["steps"])
        assert (rights.get("id-token") == "write") == signs_in, name
        # A role is taken on from an environment, where people approve; one deployment of it at a time, none dropped or cut short.
        assert ("environment" in job) == signs_in, name
        if signs_in:
            group = f"deploy-{job['environment']}"
            assert job["concurrency"] == {"group": group, "cancel-in-progress": False, "queue": "max"}
        # Where something may be written, no code of the repository is run.
        if rights.get("pull-requests") == "write":
            assert rights == {"pull-requests": "write"}
            assert not any(step.get("uses", "").startswith("actions/checkout") for step in job["steps"])
        else:
            assert rights.keys() <= {"contents", "id-token"}
            assert rights["contents"] == "read"
        assert "timeout-minutes" in job, name


@each
def test_what_others_write_is_no_part_of_a_command(path: Path) -> None:
    """It comes by the environment, and the shell quotes it."""
    assert not [script for script in scripts(path) if "${{" in script.text]


@each
def test_no_secret_is_left_on_the_machine(path: Path) -> None:
    for step, _ in steps(path):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def text_of(step: dict[str, object]) -> str:
    """What a step does, also where it is one of our own actions."""
    uses = str(step.get("uses", ""))
    return (ROOT / uses / "action.yml").read_text(encoding="utf-8") if uses.startswith("./") else uses


@each
def test_a_role_lasts_as_long_as_its_job(path: Path) -> None:
    """Credentials that end before the deployment does leave it half followed."""
    for step, holder in steps(path):
        if "configure-aws-credentials" in step.get("uses", ""):
            assert step["with"]["role-duration-seconds"] == 4 * 3600
        if "configure-aws-credentials" in text_of(step) and "timeout-minutes" in holder:
            assert holder["timeout-minutes"] * 60 <= 4 * 3600


@each
def test_what_is_released_or_deployed_comes_from_no_cache(path: Path) -> None:
    cached = [step for step, _ in steps(path) if step.get("with", {}).get("cache")]
    assert bool(cached) == (path.stem == "ci")


@each
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """A tag can be moved to other code; the comment says which version the commit is."""
    used = [action for action in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8")) if not action.startswith("./")]
    assert used or path.parent.name == "slack"
    assert not [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)]


def test_an_action_has_one_version() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in ALL)
    pins = set(re.findall(r"uses: ([\w./-]+)@(\S+)", text))
    assert len(pins) == len(dict(pins)), sorted(pins)


def script_of(workflow: str, name: str) -> str:
    [found] = [step["run"] for step, _ in steps(GITHUB / "workflows" / f"{workflow}.yml") if step.get("name") == name]
    return str(found)


def bash(script: str, folder: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """As GitHub runs it."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=os.environ | env, check=False, capture_output=True, text=True)


def test_a_release_builds_once_for_each_processor(tmp_path: Path) -> None:
    """On a machine that has it: `builds` is the matrix of the job that builds."""
    if not shutil.which("jq"):
        pytest.skip("the step takes jq: apt-get install jq")
    script = script_of("release", "The processors that the environments ask for")
    for prod, builds in (
        ("ARM64", [{"environment": "staging", "architecture": "ARM64"}]),
        ("X86_64", [{"environment": "staging", "architecture": "ARM64"}, {"environment": "prod", "architecture": "X86_64"}]),
    ):
        for environment, architecture in (("staging", "ARM64"), ("prod", prod)):
            template = json.loads((ROOT / "output" / environment / "service.template.json").read_text(encoding="utf-8"))
            template["Resources"]["TaskDefinition"]["Properties"]["RuntimePlatform"]["CpuArchitecture"] = architecture
            folder = tmp_path / "output" / environment
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "service.template.json").write_text(json.dumps(template), encoding="utf-8")
        told = tmp_path / prod
        done = bash(script, tmp_path, GITHUB_OUTPUT=str(told), GITHUB_REF_NAME="v1.2.3")
        assert done.returncode == 0, done.stderr
        said = dict(line.split("=", 1) for line in told.read_text(encoding="utf-8").splitlines())
        assert json.loads(said.pop("builds")) == builds
        assert said == {"version": "1.2.3", "staging": "ARM64", "prod": prod}


@pytest.mark.parametrize(
    ("workflow", "step"),
    [
        ("release", "The tag is on a commit of the default branch, which was reviewed and tested"),
        ("rollback", "The templates are on the default branch, which was reviewed and tested"),
    ],
)
def test_what_was_not_reviewed_is_not_deployed(tmp_path: Path, workflow: str, step: str) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    history = f"""
        git init --quiet --initial-branch=main {origin} && cd {origin}
        git commit --quiet --allow-empty --message=one && git tag v1.0.0
        git switch --quiet --create=feature && git commit --quiet --allow-empty --message=two && git tag v1.1.0
        git clone --quiet {origin} {clone}
    """
    who = {
        f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
    }
    assert bash(history, tmp_path, **who).returncode == 0
    for tag, status in (("v1.0.0", 0), ("v1.1.0", 1)):
        commit = bash(f"git rev-parse {tag}", clone).stdout.strip()
        done = bash(script_of(workflow, step), clone, BRANCH="main", GITHUB_SHA=commit, GITHUB_REF_NAME=tag)
        assert done.returncode == status, done.stderr
        assert bool(status) == ("::error::v1.1.0 is not on main" in done.stdout)
