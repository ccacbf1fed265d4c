"""A copy of the project to play with: committed, and for the processor of this machine."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ARCHITECTURE = "ARM64" if platform.machine() in ("aarch64", "arm64") else "X86_64"
# Of the copy alone: who reads may have no name for git, or signs with a key that asks for a password.
READER = {"user.name": "Ada", "user.email": "ada@example.org", "commit.gpgSign": "false", "tag.gpgSign": "false"}


def copy(folder: Path) -> Path:
    """What is in this checkout, also what is not committed yet, into a repository of its own."""
    asked = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    settings = folder / "environments" / "dev.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[service]\n", f'[service]\narchitecture = "{ARCHITECTURE}"\n'), encoding="utf-8")
    subprocess.run([sys.executable, "generate.py"], cwd=folder, check=True, capture_output=True)
    identity = [["config", name, value] for name, value in READER.items()]
    for command in (["init", "--quiet"], *identity, ["add", "."], ["commit", "--quiet", "--message", "The first version"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder
