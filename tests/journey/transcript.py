"""docs/demo.md: what the commands of the demo said, without what differs from one run to the next."""

import difflib
import os
import re
from pathlib import Path
from typing import NamedTuple

from tests.settings import ROOT

PAGE = ROOT / "docs" / "demo.md"
# Set by `make demo-page`.
WRITE = "WRITE_DEMO_PAGE"
# What is above is written by hand.
MARK = "<!-- From here on made by a run: make demo-page -->\n"
FOLDED = 30

# Written by docker, git's hash or a clock.
DOCKER = re.compile(
    r"#\d+ .*|[0-9a-f]{12}: .*|WARNING! .*|Configure a credential helper.*|https://docs\.docker\.com.*|"
    r"Login Succeeded|The push refers to .*|\S+: digest: .*|\s*"
)
REPLACED = (
    (re.compile(r"^ *\d+:\d\d  ", re.MULTILINE), "   0:00  "),
    (re.compile(r"in \d+ ms"), "in 0 ms"),
    (re.compile(r"\d\d:\d\d:\d\d(?= migrate)"), "00:00:00"),
    (re.compile(r"(?<=-at-)\d{8}-\d{6}"), "20260101-000000"),
    (re.compile(r"(?<=-snapshot-)[0-9a-f]{12}"), "0123456789ab"),
    (re.compile(r"(?<=rds!db-)\w+-\w+"), "0123456789-AbCdEf"),
    (re.compile(r"\b[0-9a-f]{8}(?=\.us-east-1\.rds)"), "01234567"),
    (re.compile(r"(?<=stack/)([\w-]+?)-[0-9a-f]{8}-[0-9a-f]{3}/[0-9a-f-]{36}"), r"\1-01234567-012/01234567"),
    (re.compile(r"(?<=master )[0-9a-f]{7}"), "0123456"),
    (re.compile(r"\b\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4} [+-]\d{4}"), "Thu Jan 1 00:00:00 2026 +0000"),
    (re.compile(r"in \d+\.\d minutes"), "in 0.0 minutes"),
    (re.compile(r"\b[0-9a-z]+(?=\.execute-api)"), "a1b2c3d4e5"),
    (re.compile(r"(?<=-artifacts-)[0-9a-f]+"), "0123456789abc"),
    (re.compile(r"(?<=Tagged )[0-9a-f]{12}"), "0123456789ab"),
    (re.compile(r"(?<=-)[0-9A-F]{13}\b"), "ABCDEFGHIJKLM"),
    (re.compile(r"AROA[0-9A-Z]+"), "AROAEXAMPLE"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2026-01-01T00:00:00Z"),
    (re.compile(r"(?<= )/\S+/tmp\w+/"), "/tmp/"),
    # The frames of a traceback are Python's, whose version may be another one.
    (re.compile(r"^ +[\d:]+ migrate +(?: |\)|\^).*\n", re.MULTILINE), ""),
    (re.compile(r"\d+ tasks failed"), "4 tasks failed"),
    # What is said of processes, and what a Docker engine without a network of its own is told.
    (re.compile(r"^docker: no engine answers.*\n", re.MULTILINE), ""),
    # An environment is for the processor of the machine that runs the test.
    (re.compile(r"\barm64\b"), "amd64"),
)


class Step(NamedTuple):
    """A command, what it said on both streams, and its exit status."""

    command: str
    said: str
    status: int


class Transcript:
    """Chapters of steps."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.parts: list[str | Step] = []

    def text(self) -> str:
        """The part of the page that is made."""
        page = "\n".join(f"## {part}\n" if isinstance(part, str) else self._step(part) for part in self.parts)
        for number, digest in enumerate(dict.fromkeys(re.findall(r"sha256:[0-9a-f]{64}", page)), 1):
            page = page.replace(digest, f"sha256:{str(number) * 12}...")
        return page.rstrip() + "\n"

    def _step(self, step: Step) -> str:
        said = step.said.replace(f"{self.project}/", "")
        for pattern, replacement in REPLACED:
            said = pattern.sub(replacement, said)
        lines = [line.rstrip() for line in said.splitlines() if not DOCKER.fullmatch(line)]
        lines += [f"[exit status {step.status}]"] * (step.status != 0)
        command = step.command.removesuffix(" --network=host")
        block = "\n".join(["```console", f"$ {command}", *lines, "```", ""])
        if len(lines) <= FOLDED:
            return block
        return f"<details><summary><code>{command}</code>: {len(lines)} lines</summary>\n\n{block}\n</details>\n"

    def check(self) -> None:
        """The page says the same; or write it."""
        by_hand, _, page = PAGE.read_text(encoding="utf-8").partition(MARK)
        said = self.text()
        # What happens in one moment is told in any order.
        if sorted(said.splitlines()) == sorted(page.splitlines()):
            return
        if os.environ.get(WRITE):
            PAGE.write_text(f"{by_hand}{MARK}{said}", encoding="utf-8")
        else:
            difference = difflib.unified_diff(page.splitlines(), said.splitlines(), "docs/demo.md", "the demo", lineterm="", n=1)
            raise AssertionError("docs/demo.md is not what was said: make demo-page writes it.\n" + "\n".join(difference))
