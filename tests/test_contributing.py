"""The worked example of CONTRIBUTING.md works as it stands there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.settings import ROOT


def run(folder: Path, *command: str | Path, stdin: str | None = None) -> str:
    done = subprocess.run(list(map(str, command)), cwd=folder, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_renders_and_lints(tmp_path: Path) -> None:
    for name in ("facts", "templates", "ci", "environments", "books_api", "generate.py", "setup.cfg", ".cfnlintrc"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    diffs = re.findall(r"```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    assert len(diffs) == 4
    for diff in diffs:
        run(tmp_path, "git", "apply", "-", stdin=diff)

    run(tmp_path, sys.executable, "generate.py")
    assert "ExportsBucket" in json.loads((tmp_path / "output/dev/root.template.json").read_text())["Outputs"]
    assert not (tmp_path / "output/prod/exports.template.json").exists()
    run(tmp_path, sys.executable, "-c", "from cfnlint.runner import main; main()")
    run(tmp_path, sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())")
