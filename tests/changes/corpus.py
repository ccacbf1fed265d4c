"""The corpus: a folder a change, and copies of the project with changes in them.

README.md       what it is, in a line
files/          its new files, where they are in the project
edits.diff      its edits, with a line of context; `make golden` counts the lines anew
faults.toml     what can go wrong with it, from AWS's pages, and what has to be found then
"""

import difflib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
# What rendering, the gates and a change need of the project.
PARTS = (
    ".cfnlintrc",
    ".dockerignore",
    "CONTRIBUTING.md",
    "Dockerfile",
    "books_api",
    "ci",
    "docs",
    "environments",
    "facts",
    "generate.py",
    "local",
    "output",
    "setup.cfg",
    "templates",
)
LEFT_OUT = shutil.ignore_patterns("node_modules")


class MisfitError(Exception):
    """A change no longer fits the project; the message says where, and what to do."""


class Red(Struct, frozen=True, forbid_unknown_fields=True):
    """What has to be found: by one of these rules, at one of these resources (LAYER.LogicalId, or LAYER), with these words."""

    rules: tuple[str, ...]
    at: tuple[str, ...]
    says: str = ""


class Edit(Struct, frozen=True, forbid_unknown_fields=True):
    """A text of a source exchanged for another, once."""

    file: str
    old: str
    new: str


class Exchange(Struct, frozen=True, forbid_unknown_fields=True):
    """A text of a rendered template exchanged for another, or taken out of its list, wherever it is within a resource, or a key."""

    template: str
    new: str | None = None
    # Every text, where it is None.
    old: str | None = None
    resource: str | None = None
    within: str | None = None


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mistake that an author can make; it is either in a source, or in what was rendered."""

    what: str
    does: Literal["exposes", "loses", "breaks", "weakens"]
    # The page of AWS that says so.
    source: str
    edit: Edit | None = None
    # JSON Patch (RFC 6902) on the templates by name.
    patch: tuple[dict[str, Any], ...] = ()
    exchange: Exchange | None = None
    red: Red | None = None
    # Instead: what the sentence says with which the rendering stops.
    stops: str | None = None


class Faults(Struct, frozen=True, forbid_unknown_fields=True):
    """A faults.toml."""

    faults: tuple[Fault, ...] = field(default_factory=tuple)


def names() -> list[str]:
    """Every change."""
    return sorted(path.parent.name for path in FOLDER.glob("*/faults.toml"))


def faults(name: str) -> tuple[Fault, ...]:
    """The faults of a change."""
    return msgspec.toml.decode((FOLDER / name / "faults.toml").read_bytes(), type=Faults).faults


def copied(folder: Path) -> Path:
    """A copy of the project in an empty folder: what rendering, the gates and these tests need of it."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / part, folder / part)
    shutil.copytree(FOLDER, folder / "tests" / "changes", ignore=LEFT_OUT)
    shutil.copy(ROOT / "tests" / "__init__.py", folder / "tests")
    return folder


def apply(name: str, folder: Path) -> None:
    """Make a change in a copy of the project; raises MisfitError where an edit finds no place any more."""
    change = FOLDER / name
    if (change / "files").exists():
        shutil.copytree(change / "files", folder, dirs_exist_ok=True, ignore=LEFT_OUT)
    if (change / "edits.diff").exists():
        done = subprocess.run(
            # The copy is in no repository, also where its folder is.
            ["git", "apply", str(change / "edits.diff")],
            cwd=folder,
            env=os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            places = " and ".join(re.findall(r"patch failed: (\S+)", done.stderr)) or done.stderr.strip()
            raise MisfitError(f"tests/changes/{name}/edits.diff finds no place at {places}: make the edit by hand where it belongs now.")


def touched(name: str, folder: Path) -> Path:
    """A folder with the files of the project that a change edits, and no others."""
    for file in edited(name):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / file).exists():
            shutil.copy(ROOT / file, folder / file)
    return folder


def combined(changes: Iterable[str], folder: Path, scratch: Path) -> Path:
    """A copy of the project with several changes in an empty folder: where two add lines at one place, it has both."""
    copied(folder)
    for name in changes:
        alone = touched(name, scratch / name)
        apply(name, alone)
        for file in edited(name):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / file).exists():
                merge = ["git", "merge-file", "--union", "--quiet", str(folder / file), str(ROOT / file), str(alone / file)]
                subprocess.run(merge, check=True)
            else:
                shutil.copy(alone / file, folder / file)
    return folder


def edited(name: str) -> list[str]:
    """The files that whoever makes the change writes or edits by hand."""
    change = FOLDER / name
    new = [str(path.relative_to(change / "files")) for path in (change / "files").rglob("*") if path.is_file()]
    edits = (change / "edits.diff").read_text(encoding="utf-8") if (change / "edits.diff").exists() else ""
    return sorted(file for file in (*new, *files(edits)) if "__pycache__" not in file)


def files(edits: str) -> list[str]:
    """The files that a diff edits."""
    return re.findall(r"^\+\+\+ b/(.*)$", edits, re.MULTILINE)


def described(name: str) -> str:
    """What a change is, in a line."""
    return (FOLDER / name / "README.md").read_text(encoding="utf-8").strip()


def diff(folder: Path, edited_files: Iterable[str]) -> str:
    """The edits of files of the project in a copy, as a unified diff with a line of context."""
    lines: list[str] = []
    for file in sorted(edited_files):
        old, new = ((place / file).read_text(encoding="utf-8").splitlines(keepends=True) for place in (ROOT, folder))
        lines += difflib.unified_diff(old, new, f"a/{file}", f"b/{file}", n=1)
    return "".join(lines)
