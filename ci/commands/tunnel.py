"""Opens a way to the private database: through the bastion, with Session Manager."""

import argparse
import shlex
import shutil
import signal
import subprocess
from collections.abc import Sequence

from ci.deployed import beside, cli, stacks, verb
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.verb import say
from templates import names

EXAMPLES = """\
  python -m ci tunnel dev                  localhost:15432 is the database, until Ctrl-C
  python -m ci tunnel dev --port 15433 --database awsome-books-dev-at-20261123-140500
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = verb.parser("tunnel", "Open a way to the private database, through the bastion.", EXAMPLES)
    parser.add_argument("--port", type=int, default=15432, metavar="N", help="on this machine (15432)")
    parser.add_argument("--database", metavar="ID", help="an instance that python -m ci restore made, not the one that runs")
    return verb.run(parser, arguments, _tunnel)


def _tunnel(deployed: Deployed, options: argparse.Namespace) -> int:
    outputs = stacks.root(deployed).outputs
    if "BastionInstanceId" not in outputs:
        raise RefusedError(f"{deployed.name} has no bastion: set bastion = true in environments/{deployed.name}.toml, render and deploy.")
    if shutil.which("session-manager-plugin") is None:
        raise RefusedError(
            "There is no session-manager-plugin on PATH, which the AWS CLI needs here: "
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
        )
    host, secret = _restored(deployed, options.database) if options.database else (outputs["DatabaseHost"], outputs["DatabaseSecretArn"])
    forward = {"host": [host], "portNumber": [str(names.DATABASE_PORT)], "localPortNumber": [str(options.port)]}
    database = deployed.settings.contract.database
    say(f"The database {database.name if database else ''} is at localhost:{options.port}, over TLS, until Ctrl-C. Its user and password:")
    say(f"aws secretsmanager get-secret-value --region {deployed.region} --secret-id {shlex.quote(secret)} --query SecretString")
    target = ["--target", outputs["BastionInstanceId"], "--document-name", "AWS-StartPortForwardingSessionToRemoteHost"]
    command = ["ssm", "start-session", "--region", deployed.region, *target, "--parameters", cli.compact(forward)]
    if _session([*cli.command(), *command]):
        # The CLI has said why.
        return 1
    say("The tunnel is closed.")
    return 0


def _session(command: Sequence[str]) -> int:
    """Wait for its end, which is Ctrl-C: that is for the plugin, which may need a moment. The exit status; 0 of one that was ended so."""
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    # Not SIG_IGN, which the plugin would inherit.
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        status = subprocess.run(command, check=False).returncode  # noqa: S603 our own command, no shell
    finally:
        signal.signal(signal.SIGINT, before)
    return 0 if interrupted else status


def _restored(deployed: Deployed, name: str) -> tuple[str, str]:
    """The host of a restored instance, and the ARN of its secret."""
    instance = beside.find(deployed, name)
    if instance is None:
        raise RefusedError(f"There is no instance {name} in {deployed.region}: python -m ci restore {deployed.name} makes one.")
    if "MasterUserSecret" not in instance:
        raise RefusedError(f"{name} has no secret yet: python -m ci restore {deployed.name}, with the same arguments, finishes it.")
    return instance["Endpoint"]["Address"], instance["MasterUserSecret"]["SecretArn"]
