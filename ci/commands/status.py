"""Says how an environment is: its stacks, the version it runs, its tasks, its alarms."""

import argparse
from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from ci.deployed import image, service, stacks, verb
from ci.deployed.checks import is_denied
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.verb import say

EXAMPLES = """\
  python -m ci status prod
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    return verb.run(verb.parser("status", "Say how an environment is. It changes nothing.", EXAMPLES), arguments, _status)


def _status(deployed: Deployed, _: argparse.Namespace) -> int:
    deployed.identity()
    root = stacks.find(deployed, deployed.stack)
    if root is None:
        raise RefusedError(f"{deployed.stack} is not there in {deployed.region}. Next: python -m ci deploy {deployed.name} --image VERSION")
    for name, text in _rows(deployed, root):
        print(f"{name:<12} {text}")
    step = stacks.next_step(deployed, root.status)
    say(f"Next: {step}" if step else f"Next, where something is wrong: python -m ci logs {deployed.name}")
    return 0


def _rows(deployed: Deployed, root: stacks.Stack) -> Iterator[tuple[str, str]]:
    yield "stack", f"{root.name} {root.status}{', protected from deletion' if root.protected else ''}"
    for layer, nested in stacks.resources(deployed, root.id).items():
        stack = stacks.find(deployed, nested) if nested else None
        yield f"  {layer}", stack.status if stack else "not there"
    if digest := root.parameters.get("ImageDigest"):
        yield "image", f"{', '.join(image.versions(deployed, digest)) or 'without a version'} {digest}"
    if found := service.find(deployed):
        counts = service.counts(deployed, found)
        yield "tasks", f"{counts.running} of {counts.desired} run, {counts.pending} start"
    yield "alarms", _alarms(deployed)
    if url := root.outputs.get("ApiUrl"):
        yield "address", url


def _alarms(deployed: Deployed) -> str:
    try:
        found = deployed.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{deployed.stack}-", StateValue="ALARM")["MetricAlarms"]
    except ClientError as error:
        if not is_denied(error):
            raise
        return "unknown: these credentials may not look"
    return ", ".join(alarm["AlarmName"] for alarm in found) or "none in ALARM"
