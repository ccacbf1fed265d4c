"""docs/transcript.md: what the commands of the journey said, without what differs from one run to the next."""

import difflib
import os
import re
from pathlib import Path
from typing import NamedTuple

from tests.settings import ROOT

PAGE = ROOT / "docs" / "transcript.md"
# Set by `make transcript`.
WRITE = "WRITE_TRANSCRIPT"
FOLDED = 30
HEAD = """\
# A journey

What `tests/journey/` typed, and what was said: from an empty account to a running version, the next one, back again, and nothing
left. The Docker engine, the registry with ECR's name and login, the AWS CLI, git, PostgreSQL and the service in its containers are
real; the AWS endpoint is on loopback ([what that shows, and what only AWS can show](deploy.md)), and creates in a second what takes
AWS minutes. `make transcript` makes this page anew, and the test fails where the commands say something else by now. Digests, ids
and times are replaced; docker's own lines are left out.
"""

# Written by docker, git's hash or a clock.
DOCKER = re.compile(
    r"#\d+ .*|[0-9a-f]{12}: .*|WARNING! .*|Configure a credential helper.*|https://docs\.docker\.com.*|"
    r"Login Succeeded|The push refers to .*|\S+: digest: .*|\s*"
)
REPLACED = (
    (re.compile(r"^ *\d+:\d\d  ", re.MULTILINE), "   0:00  "),
    (re.compile(r"in \d+ ms"), "in 0 ms"),
    (re.compile(r"in \d+\.\d minutes"), "in 0.0 minutes"),
    (re.compile(r"\b[0-9a-z]+(?=\.execute-api)"), "a1b2c3d4e5"),
    (re.compile(r"(?<=-artifacts-)[0-9a-f]+"), "0123456789abc"),
    (re.compile(r"(?<=Tagged )[0-9a-f]{12}"), "0123456789ab"),
    (re.compile(r"(?<=-)[0-9A-F]{13}\b"), "ABCDEFGHIJKLM"),
    (re.compile(r"AROA[0-9A-Z]+"), "AROAEXAMPLE"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2026-01-01T00:00:00Z"),
    (re.compile(r"(?<= )/\S+/tmp\w+/"), "/tmp/"),
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
        """The page."""
        page = "\n".join([HEAD, *(f"## {part}\n" if isinstance(part, str) else self._step(part) for part in self.parts)])
        for number, digest in enumerate(dict.fromkeys(re.findall(r"sha256:[0-9a-f]{64}", page)), 1):
            page = page.replace(digest, f"sha256:{str(number) * 12}...")
        return page.rstrip() + "\n"

    def _step(self, step: Step) -> str:
        said = step.said.replace(f"{self.project}/", "")
        for pattern, replacement in REPLACED:
            said = pattern.sub(replacement, said)
        lines = [line.rstrip() for line in said.splitlines() if not DOCKER.fullmatch(line)]
        lines += [f"[exit status {step.status}]"] * (step.status != 0)
        block = "\n".join(["```console", f"$ {step.command}", *lines, "```", ""])
        if len(lines) <= FOLDED:
            return block
        return f"<details><summary><code>{step.command}</code>: {len(lines)} lines</summary>\n\n{block}\n</details>\n"

    def check(self) -> None:
        """The page says the same; or write it anew."""
        said, page = self.text(), PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        # What happens in one moment is told in any order.
        if sorted(said.splitlines()) == sorted(page.splitlines()):
            return
        if os.environ.get(WRITE):
            PAGE.write_text(said, encoding="utf-8")
        else:
            difference = difflib.unified_diff(page.splitlines(), said.splitlines(), "docs/transcript.md", "the journey", lineterm="", n=1)
            raise AssertionError("docs/transcript.md is not what was said: make transcript writes it anew.\n" + "\n".join(difference))
