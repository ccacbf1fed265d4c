"""Draws the architecture and the stacks of the rendered templates into docs/pictures/.

Progress goes to stderr, the pictures' names to stdout.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ci.model import Missing, UnusableInputError, environments, load
from ci.pictures.architecture import architecture
from ci.pictures.stacks import stacks
from ci.project import HERE, OUTPUT, SETTINGS
from templates import settings_file
from templates.errors import SettingsError

PICTURES = HERE / "docs" / "pictures"

EPILOG = """\
examples:
  python -m ci draw                  every environment in output/
  python -m ci draw prod             output/prod alone
  python -m ci draw --check          draw nothing; exit 1 where a picture is not what the templates say

exit status: 0 done; 1 --check found a difference; 2 there was nothing to read, or no picture can be drawn of it
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        drawn = {
            path: text for name in options.environments or environments(options.output) for path, text in _drawn(name, options).items()
        }
    except (UnusableInputError, SettingsError) as error:
        print(f"{error}\nNothing was drawn.", file=sys.stderr)
        return 2
    stale = [path for path, text in drawn.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if options.check:
        print("".join(f"{path} is not what the templates say\n" for path in stale), end="")
        print("Next: make golden, and commit the pictures." if stale else f"All {len(drawn)} pictures are true.", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawn[path], encoding="utf-8", newline="\n")
        print(path)
    print(f"{len(stale)} of {len(drawn)} pictures changed.", file=sys.stderr)
    return 0


def _drawn(name: str, options: argparse.Namespace) -> dict[Path, str]:
    deployment = load(options.output / name, settings_file.load(SETTINGS / f"{name}.toml"))
    if deployment.problems:
        raise UnusableInputError(f"{options.output / name} refers to what is not there; python -m ci verify {name} shows where.")
    try:
        pictures = {"architecture": architecture(deployment), "stacks": stacks(deployment)}
    except Missing as missing:
        where = missing.where.label if missing.where else "the templates"
        raise UnusableInputError(f"{options.output / name}: {where} {missing.sentence}") from None
    return {options.pictures / f"{name}-{picture}.svg": text for picture, text in pictures.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ci draw",
        description="Draw the architecture and the stacks, from the rendered templates.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help="a folder of rendered templates; none: all of them")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR", help="where the rendered templates are (output)")
    parser.add_argument("--pictures", type=Path, default=PICTURES, metavar="DIR", help="where the pictures go (docs/pictures)")
    parser.add_argument("--check", action="store_true", help="draw nothing; exit 1 where a picture is not what the templates say")
    return parser
