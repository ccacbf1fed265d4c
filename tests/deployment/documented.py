"""The commands of the pages in docs/, taken from there."""

import re

from tests.deployment.dev import ROOT

PREPARE = ("Before you start", "1. The account", "2. The environment's bootstrap")
DEPLOY = ("Before you start", "3. The image", "4. Package and deploy")


def commands(*headings: str, page: str = "deploy") -> str:
    """What the sections tell to type in blocks marked `shell`; those marked `sh` are for other occasions."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^##+ (.+?)\n(.*?)(?=^##+ |\Z)", text, re.MULTILINE | re.DOTALL))
    blocks = [block for heading in headings for block in re.findall(r"```shell\n(.*?)```", sections[heading], re.DOTALL)]
    assert blocks, f"docs/{page}.md has nothing to type under {headings}"
    return "".join(blocks)
