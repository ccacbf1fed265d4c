"""Asks cfn-lint and AWS's cloudformation-validate about the rendered templates; about the same content only once.

Progress goes to stderr, the findings to stdout.
"""

import argparse
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from ci.gates import GATES, memory
from ci.gates.gate import Found, GateError
from ci.model import UnusableInputError, environments
from ci.model.deployment import SUFFIX
from ci.project import HERE, OUTPUT

MEMORY = HERE / ".lint_cache"

EPILOG = """\
examples:
  python -m ci lint              every environment in output/
  python -m ci lint prod         output/prod alone

A template that was clean is not read again while its content, the gates, their rules and their configuration are
the same: .lint_cache keeps the digests. What is left out of each gate, and why: docs/verify.md.

exit status: 0 nothing found; 1 findings; 2 there was nothing to read, or a gate cannot be asked
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    options = _parser().parse_args(arguments)
    total = 0
    try:
        templates = [path for name in options.environments or environments(options.output) for path in _templates(options.output / name)]
        for gate in GATES:
            found, asked = memory.findings(gate, templates, MEMORY)
            total += len(found)
            print(f"{gate.NAME}: {len(templates)} templates, {asked} of them new, {len(found)} findings", file=sys.stderr)
            print("".join(_lines(gate.NAME, each) for each in found), end="")
    except (UnusableInputError, GateError) as error:
        print(f"{error}\nNothing was linted.", file=sys.stderr)
        return 2
    if total:
        print(f"{total} findings. Next: correct templates/ or environments/, python generate.py, python -m ci lint.", file=sys.stderr)
        return 1
    print("Nothing found. Next: python -m ci verify.", file=sys.stderr)
    return 0


def _templates(folder: Path) -> list[Path]:
    if not (found := sorted(folder.glob(f"*{SUFFIX}"))):
        raise UnusableInputError(f"{folder}: there are no templates; render the environment first: python generate.py {folder.name}")
    for path in found:
        try:
            path.open("rb").close()
        except OSError as error:
            raise UnusableInputError(f"{path}: this cannot be read: {error.strerror}.") from None
    return found


def _lines(gate: str, found: Found) -> str:
    """A line that says where, and the sentence below it."""
    place = "/".join(found.template.parts[-2:])
    sentence = textwrap.fill(found.sentence, 118, initial_indent="    ", subsequent_indent="    ")
    return f"{gate}  {found.rule}  {place}  {found.where or '-'}\n{sentence}\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ci lint",
        description="Ask cfn-lint and AWS's cloudformation-validate about rendered templates.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help="a folder of rendered templates; none: all of them")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR", help="where the rendered templates are (output)")
    return parser
