"""docs/operate.md and the verbs' own help say the same."""

import re
import subprocess
import sys

import pytest

from ci.__main__ import VERBS
from tests.deployment.dev import ROOT

PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
DESCRIBED = re.findall(r"^\| `(\w+) (?:ENV|VERSION)", PAGE, re.MULTILINE)


def test_every_verb_of_the_page_is_there() -> None:
    assert len(DESCRIBED) == 11
    assert {*re.findall(r"python -m ci ([a-z]+)", PAGE), *DESCRIBED} <= set(VERBS)


@pytest.mark.parametrize("verb", DESCRIBED)
def test_help_has_an_example(verb: str) -> None:
    done = subprocess.run([sys.executable, "-m", "ci", verb, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"python -m ci {verb} " in done.stdout
    assert "exit status: 0 done;" in done.stdout


def test_without_its_tools_a_verb_says_how_to_install_them() -> None:
    """`make` alone installs what renders and verifies."""
    script = "import sys; sys.modules['boto3'] = None; from ci.__main__ import main; sys.exit(main(['status', 'dev']))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    sentence = "python -m ci status takes boto3, which is not installed for this Python."
    assert done.stderr == f"{sentence} Next: make deploy-tools, then .venv/bin/python -m ci status\n"


def test_a_python_without_the_packages_is_told_which_has_them() -> None:
    done = subprocess.run([sys.executable, "-S", "-m", "ci", "verify"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith("which is not installed for this Python. Next: make setup, then .venv/bin/python -m ci verify\n")
