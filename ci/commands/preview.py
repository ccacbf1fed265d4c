"""Shows what a deployment of the rendered templates will do to what is deployed, before it is made.

Progress goes to stderr, the report to stdout.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ci.changes import before, report
from ci.changes.preview import Preview, preview
from ci.model import UnusableInputError, environments, load
from ci.project import OUTPUT, SETTINGS
from templates import settings_file
from templates.errors import SettingsError

FORMATS = {"text": report.text, "markdown": report.markdown, "json": report.as_json}

EPILOG = """\
examples:
  python -m ci preview                            every environment, compared with what was committed last
  python -m ci preview prod --against v1.2        prod, compared with output/prod at that tag
  python -m ci preview prod --against live        prod, compared with what is deployed (asks AWS, changes nothing)
  python -m ci preview --format markdown          for a pull request
  python -m ci preview prod --allow api.VpcLink   although the VPC link is replaced

exit status: 0 the verdict is fine, or all of it is allowed; 1 refused; 2 there was nothing to read, or it is no template
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        present = environments(options.output)
        found = [_preview(name, options, present) for name in options.environments or present]
        gone = [] if options.environments else list(before.gone(options.against, present))
    except (UnusableInputError, SettingsError) as error:
        print(f"{error}\nNothing was compared.", file=sys.stderr)
        return 2
    for sentence in gone:
        print(f"{sentence}\n", file=sys.stderr if options.format == "json" else sys.stdout)
    print(FORMATS[options.format](found), end="")
    if remedy := report.refused(found):
        print(f"Refused. Next: {remedy}", file=sys.stderr)
        return 1
    name = found[0].environment if len(found) == 1 else "ENVIRONMENT"
    print(f"Nothing refused. Next: python -m ci deploy {name} --image VERSION", file=sys.stderr)
    return 0


def _preview(name: str, options: argparse.Namespace, present: Sequence[str]) -> Preview:
    environment = settings_file.load(SETTINGS / f"{name}.toml")
    new = load(options.output / name, environment)
    if new.problems:
        raise UnusableInputError(f"{options.output / name} refers to what is not there; python -m ci verify {name} shows where.")
    return preview(before.before(options.against, environment, present), new, options.allow)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ci preview",
        description="Show what a deployment will do to what is deployed: what changes, and whether it fails, interrupts or loses anything.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help="a folder of rendered templates; none: all of them")
    against = "what to compare with: a commit, a folder such as output/, or live (HEAD)"
    parser.add_argument("--against", default="HEAD", metavar="REF|DIR|live", help=against)
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR", help="where the rendered templates are (output)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="for a terminal, a pull request or a machine (text)")
    parser.add_argument(
        "--allow", nargs="+", action="extend", default=[], metavar="LAYER.LogicalId", help="what may be lost or replaced all the same"
    )
    return parser
