"""Looks for what would let a deployment hang or fail, before it begins."""

import argparse
from collections.abc import Sequence

from ci.deployed import verb
from ci.deployed.checks import findings, table
from ci.deployed.environment import Deployed
from ci.deployed.finding import Wanted
from ci.deployed.options import add_certificates, certificates
from ci.deployed.verb import say

EXAMPLES = """\
  python -m ci preflight dev                   what can be known without an image
  python -m ci preflight prod --image 1.2.0    and whether that image exists for the tasks' processor
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = verb.parser("preflight", "Look for what would let a deployment hang or fail. It changes nothing.", EXAMPLES)
    parser.add_argument("--image", metavar="VERSION|DIGEST", help="what is to be deployed")
    add_certificates(parser)
    return verb.run(parser, arguments, _preflight)


def _preflight(deployed: Deployed, options: argparse.Namespace) -> int:
    deployed.identity()
    found = list(findings(deployed, Wanted(options.image, certificates(options))))
    print(table(found))
    stops = sum(finding.state == "stop" for _, finding in found)
    if stops:
        say(f"{stops} of these would stop a deployment. Next: the remedies, then again.")
        return 1
    say(f"Nothing stops a deployment. Next: python -m ci deploy {deployed.name} --image {options.image or 'VERSION'}")
    return 0
