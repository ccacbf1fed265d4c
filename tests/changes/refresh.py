"""Writes what follows from the corpus: the line numbers of its diffs, and the examples and the table in CONTRIBUTING.md.

Usage: python -m tests.changes.refresh
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.changes import corpus
from tests.changes.corpus import FOLDER, ROOT, MisfitError

PAGE = ROOT / "CONTRIBUTING.md"
# What CONTRIBUTING.md shows whole: a layer with a new type, a second service, an application of one's own.
PLACE = re.compile(r"<!-- change: (?P<name>\w+) \(make golden\) -->\n.*?<!-- end -->\n", re.DOTALL)
TABLE = re.compile(r"<!-- changes \(make golden\) -->\n.*?<!-- end -->\n", re.DOTALL)


def refreshed(name: str) -> str | None:
    """The edits of a change with today's lines around them; None where it has none; raises MisfitError where they do not fit any more."""
    kept = FOLDER / name / "edits.diff"
    if not kept.exists():
        return None
    before = kept.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        copy = corpus.touched(name, Path(folder))
        corpus.apply(name, copy)
        after = corpus.diff(copy, corpus.files(before))
    if list(_meaning(before)) != list(_meaning(after)):
        raise MisfitError(f"tests/changes/{name}/edits.diff: what it removes and adds would change; make the edit by hand.")
    return after


def page(text: str) -> str:
    """The text of CONTRIBUTING.md with the examples and the table in their places."""
    text = PLACE.sub(lambda found: f"<!-- change: {found['name']} (make golden) -->\n{example(found['name'])}<!-- end -->\n", text)
    return TABLE.sub(lambda _: f"<!-- changes (make golden) -->\n{table()}<!-- end -->\n", text)


def example(name: str) -> str:
    """A change as a page shows it: its new files, and its edits."""
    change = FOLDER / name
    new = [file for file in corpus.edited(name) if (change / "files" / file).exists()]
    parts = [f"`{file}`\n\n```{_language(file)}\n{(change / 'files' / file).read_text(encoding='utf-8')}```\n" for file in new]
    if (change / "edits.diff").exists():
        parts.append(f"```diff\n{(change / 'edits.diff').read_text(encoding='utf-8')}```\n")
    return "\n" + "\n".join(parts) + "\n"


def table() -> str:
    """What each change costs: the files that are written or edited by hand."""
    rows = [f"| {corpus.described(name)} | {len(corpus.edited(name))} | {_list(corpus.edited(name))} |" for name in corpus.names()]
    return "\n".join(("| change | files | which |", "|---|---|---|", *rows)) + "\n"


def _list(files: list[str]) -> str:
    return ", ".join(f"`{file}`" for file in files)


def _language(file: str) -> str:
    return {".py": "python", ".toml": "toml", ".json": "json"}.get(Path(file).suffix, "dockerfile")


def _meaning(diff: str) -> Iterator[str]:
    """What is removed and added, file by file."""
    return (line for line in diff.splitlines() if line.startswith(("+", "-")))


def main() -> None:
    """Write all of it."""
    for name in corpus.names():
        if text := refreshed(name):
            (FOLDER / name / "edits.diff").write_text(text, encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except MisfitError as misfit:
        sys.exit(str(misfit))
