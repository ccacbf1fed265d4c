"""Settings for tests: the shipped ones, and small ones of our own with a change."""

from pathlib import Path
from typing import Any

import msgspec

from templates.settings import Environment
from templates.settings_file import load

ROOT = Path(__file__).parents[1]
SHIPPED = tuple(sorted((ROOT / "environments").glob("*.toml")))

Table = dict[str, Any]
MINIMAL: Table = {"project": "awsome-books", "region": "us-east-1", "network": {"zones": ["us-east-1a", "us-east-1b"]}}


def shipped(name: str) -> Environment:
    """A shipped environment."""
    return load(ROOT / "environments" / f"{name}.toml")


def changed(table: Table, change: Table) -> Table:
    """The table with the change merged in, table by table."""
    merged = dict(table)
    for key, value in change.items():
        merged[key] = changed(merged.get(key, {}), value) if isinstance(value, dict) else value
    return merged


def environment(change: Table, name: str = "test") -> Environment:
    """The minimal settings with a change, unchecked: `templates.settings_checks` is for the tests that are about it."""
    decoded: Environment = msgspec.convert(changed(MINIMAL, change), Environment)
    return msgspec.structs.replace(decoded, name=name)
