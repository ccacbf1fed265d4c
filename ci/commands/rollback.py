"""Goes back to an older version: a deployment of an image that exists already."""

import argparse
from collections.abc import Sequence

from ci.deployed import image, stacks, verb
from ci.deployed.deploy import deploy
from ci.deployed.environment import Deployed
from ci.deployed.options import add_certificates, add_limits, given
from ci.deployed.verb import say

EXAMPLES = """\
  python -m ci rollback prod 1.1.0
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    description = (
        "Deploy an older version. The templates are those in output/ENV now; the database's migrations stay. "
        "A rollback alarm that is in ALARM does not stop it."
    )
    parser = verb.parser("rollback", description, EXAMPLES)
    parser.add_argument("image", metavar="VERSION", help="a version in the environment's registry")
    add_certificates(parser)
    add_limits(parser)
    return verb.run(parser, arguments, _rollback)


def _rollback(deployed: Deployed, options: argparse.Namespace) -> int:
    options.image = image.version(options.image)
    deployed.identity()
    digest = image.digest(deployed, options.image)
    running = stacks.root(deployed).parameters["ImageDigest"]
    if running == digest:
        say(f"{deployed.name} runs {options.image} already.")
    # The version that runs may well be why an alarm is in ALARM.
    deploy(deployed, options, f"python -m ci rollback {deployed.name} {options.image}{given(options)}", despite_alarms=True)
    return 0
