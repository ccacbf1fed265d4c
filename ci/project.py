"""Where the project's files are."""

from pathlib import Path

HERE = Path(__file__).parents[1]
SETTINGS = HERE / "environments"
OUTPUT = HERE / "output"
