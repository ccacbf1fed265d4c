"""Deploys an environment with an image of its registry."""

import argparse
from collections.abc import Sequence

from ci.deployed import verb
from ci.deployed.deploy import deploy
from ci.deployed.environment import Deployed
from ci.deployed.options import add_certificates, add_limits, given

EXAMPLES = """\
  python -m ci deploy dev --image 1.2.0
  python -m ci deploy prod --image sha256:... --failed-tasks 8
  python -m ci deploy staging --image 1.2.0 --certificate-arn arn:aws:acm:...
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = verb.parser("deploy", "Deploy what is rendered in output/ENV, with an image of the environment's registry.", EXAMPLES)
    parser.add_argument("--image", required=True, metavar="VERSION|DIGEST", help="what to run")
    add_certificates(parser)
    add_limits(parser)
    parser.add_argument("--despite-alarms", action="store_true", help="although a rollback alarm is in ALARM")
    return verb.run(parser, arguments, _deploy)


def _deploy(deployed: Deployed, options: argparse.Namespace) -> int:
    again = f"python -m ci deploy {deployed.name} --image {options.image}{' --despite-alarms' * options.despite_alarms}{given(options)}"
    deploy(deployed, options, again, despite_alarms=options.despite_alarms)
    return 0
