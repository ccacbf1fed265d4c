"""Prints what the service and its migrations logged."""

import argparse
from collections.abc import Sequence

from ci.deployed import service, stacks, verb
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.verb import say

EXAMPLES = """\
  python -m ci logs prod                        the last quarter of an hour
  python -m ci logs prod --minutes 60 --filter ERROR
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = verb.parser("logs", "Print what the service and its migrations logged, the latest last.", EXAMPLES)
    parser.add_argument("--minutes", type=verb.amount, default=15, metavar="N", help="how far back (15)")
    parser.add_argument("--filter", default="", metavar="PATTERN", help="a filter pattern of CloudWatch Logs")
    return verb.run(parser, arguments, _logs)


def _logs(deployed: Deployed, options: argparse.Namespace) -> int:
    root = stacks.find(deployed, deployed.stack)
    # Not by the outputs: during the first deployment there are none, and that is when logs are wanted.
    layer = stacks.resources(deployed, root.id).get("Service") if root else None
    if not layer:
        raise RefusedError(f"{deployed.stack} has no service yet. Next: python -m ci status {deployed.name}")
    found = service.logged(deployed, layer, options.minutes, options.filter)
    for line in found:
        print(line)
    say(f"{len(found)} lines of the last {options.minutes:g} minutes.")
    return 0
