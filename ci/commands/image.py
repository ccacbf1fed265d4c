"""Builds the service's image, and pushes it to an environment's registry: docker does the work, its output goes to stderr."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ci.deployed import verb
from ci.deployed.docker import build, push
from ci.deployed.image import version
from ci.deployed.verb import say
from ci.project import HERE

if TYPE_CHECKING:
    from ci.deployed.environment import Deployed

EPILOG = """\
examples:
  python -m ci image build 1.2.0                                   for the processor that the environments agree on
  python -m ci image build 1.2.0 --for dev                         for the processor of environments/dev.toml
  python -m ci image build 1.2.0 --secret id=pip,src=pip.conf      from a mirror; what build does not know goes to docker build
  python -m ci image push prod 1.2.0                               prints the digest, which is what a deployment takes

exit status: 0 done; 1 docker or AWS failed, and said why; 2 refused: nothing was built or pushed
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if options.action == "push":
        return verb.run(parser, arguments, _push)
    return verb.ended(lambda: _build(options, rest))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ci image",
        description="Build the service's image, and push it to an environment's registry.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    built = actions.add_parser("build", help="build it on this machine; further options go to docker build")
    built.add_argument("version", metavar="VERSION", help="such as 1.2.0")
    built.add_argument("--for", dest="environment", metavar="ENV", help="whose processor to build for, where the environments differ")
    pushed = actions.add_parser("push", help="push it to the registry of an environment")
    pushed.add_argument("environment", metavar="ENV", help="a name from environments/, without .toml")
    pushed.add_argument("version", metavar="VERSION", help="one that was built here")
    pushed.set_defaults(project=HERE)
    return parser


def _build(options: argparse.Namespace, rest: Sequence[str]) -> int:
    wanted, name = version(options.version), options.environment
    build(wanted, name, rest)
    say(f"Next: python -m ci image push {name or 'ENV'} {wanted}")
    return 0


def _push(deployed: Deployed, options: argparse.Namespace) -> int:
    wanted = version(options.version)
    push(deployed, wanted)
    say(f"Next: python -m ci deploy {deployed.name} --image {wanted}")
    return 0
