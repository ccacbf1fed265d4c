"""Proves from the rendered templates, offline, that a deployment will work, stays private and loses nothing.

Progress goes to stderr, the report to stdout.
"""

import argparse
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ci import connections_table
from ci.model import Deployment, Missing, Resource, UnusableInputError, environments, load
from ci.project import OUTPUT, SETTINGS
from ci.rules import Finding, Rule, discover
from ci.verification import Report, all_rules, verify
from templates import settings_file
from templates.errors import SettingsError

EPILOG = """\
examples:
  python -m ci verify                     every environment in output/
  python -m ci verify prod                output/prod alone
  python -m ci verify --output DIR prod   DIR/prod, against environments/prod.toml
  python -m ci verify --list              what is proven: every rule with its reason and source
  python -m ci verify prod --connections  also who reaches whom, on which port, and how that is encrypted

A finding says what goes wrong if it is deployed: exposes, loses (data), breaks or weakens.
Where a rule does not fit, say so at the resource, with the reason, and the report shows it:
  "Metadata": {"Verify": {"rule-id": "why it does not fit here"}}

exit status: 0 nothing found; 1 findings; 2 there was nothing to read, or it is no template
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    options = _parser().parse_args(arguments)
    if options.list:
        print(listing())
        return 0
    rules = discover()
    total = 0
    try:
        for name in options.environments or environments(options.output):
            started = time.perf_counter()
            environment = settings_file.load(SETTINGS / f"{name}.toml")
            deployment = load(options.output / name, environment)
            report = verify(deployment, rules)
            total += len(report.found)
            milliseconds = (time.perf_counter() - started) * 1000
            print(f"{name}: {len(rules)} rules, {len(report.found)} findings, {milliseconds:.0f} ms", file=sys.stderr)
            if options.connections and not deployment.problems:
                print("\n".join(_connections(name, deployment)))
            print("\n".join(_lines(name, report)), end="\n" if any(report) else "")
    except Missing as missing:
        print(
            f"{missing.where.label if missing.where else 'The deployment'} {missing.sentence}\nNo connections can be shown.",
            file=sys.stderr,
        )
        return 1
    except (UnusableInputError, SettingsError) as error:
        print(f"{error}\nNothing was proven.", file=sys.stderr)
        return 2
    if total:
        print(f"{total} findings. Next: correct templates/ or environments/, python generate.py, python -m ci verify.", file=sys.stderr)
        return 1
    print("Nothing found. Next: python -m ci preview, which shows what a deployment would do.", file=sys.stderr)
    return 0


def listing() -> str:
    """Every rule with its reason, remedy and source."""
    return "\n\n".join(_described(rule) for rule in all_rules())


def _lines(environment: str, report: Report) -> Iterator[str]:
    rows: list[tuple[str, str, str, str, str]] = []
    for rule, finding in report.found:
        rows.append((rule.severity, rule.id, *_place(finding), f"{finding.sentence} {rule.remedy}"))
    for rule, finding, reason in report.suppressed:
        rows.append(("suppressed", rule.id, *_place(finding), f"{finding.sentence} Reason: {reason}"))
    for row, line in zip(rows, _aligned([row[:4] for row in rows]), strict=True):
        yield f"{environment}  {line}"
        yield textwrap.fill(row[4][0].upper() + row[4][1:], 118, initial_indent="    ", subsequent_indent="    ")


def _connections(environment: str, deployment: Deployment) -> Iterator[str]:
    return (f"{environment}  {line}" for line in _aligned([connections_table.HEAD, *connections_table.rows(deployment)]))


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows of cells as lines, the columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _place(finding: Finding) -> tuple[str, str]:
    where = finding.where
    if where is None:
        return "-", "-"
    return (
        (f"{where.template.name}.template.json", where.logical_id) if isinstance(where, Resource) else (f"{where.name}.template.json", "-")
    )


def _described(rule: Rule) -> str:
    body = "\n".join(textwrap.wrap(f"{rule.why} {rule.remedy}", 118, initial_indent="  ", subsequent_indent="  "))
    return f"{rule.id} ({rule.severity}): {rule.sentence}\n{body}\n  {rule.source}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ci verify",
        description="Prove from the rendered templates, offline, that a deployment will work, stays private and loses nothing.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help="a folder of rendered templates; none: all of them")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR", help="where the rendered templates are (output)")
    parser.add_argument(
        "--connections", action="store_true", help="show who reaches whom, on which port, how encrypted, and whether declared"
    )
    parser.add_argument("--list", action="store_true", help="list the rules, each with its reason and source, and exit")
    return parser
