"""The commands of docs/deploy.md, taken from the page."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "deploy.md"


def commands(*headings: str) -> str:
    """What the sections tell to type in blocks marked `shell`; those marked `sh` are for other occasions."""
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
    blocks = [block for heading in headings for block in re.findall(r"```shell\n(.*?)```", sections[heading], re.DOTALL)]
    assert blocks, f"docs/deploy.md has nothing to type under {headings}"
    return "".join(blocks)
