"""Words of AWS's pages, each with its page: `tests/facts/recorded/`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[1] / "recorded"


@cache
def recorded(name: str) -> dict[str, Any]:
    """Words of AWS's pages."""
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return found
