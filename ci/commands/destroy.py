"""Deletes an environment, in order: the root stack, what its deletion keeps, the bootstrap stack."""

import argparse
import sys
import time
from collections.abc import Sequence

from botocore.exceptions import ClientError, WaiterError

from ci.deployed import beside, stacks, verb
from ci.deployed.buckets import empty_bucket, empty_repository
from ci.deployed.diagnosis import what_failed
from ci.deployed.environment import Deployed
from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.events import Event, Events
from ci.deployed.progress import shown
from ci.deployed.verb import say
from templates import names

EXAMPLES = """\
  python -m ci destroy dev                                                  asks for the stack's name
  python -m ci destroy prod --yes-destroy-production awsome-books-prod      production is refused without
"""
SECONDS = 5


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    description = (
        "Delete an environment: root stack, then bootstrap. A database leaves a last snapshot, the user pool stays. Outside production "
        "its images, packaged templates and balancer logs go too. The account's stack stays."
    )
    parser = verb.parser("destroy", description, EXAMPLES)
    parser.add_argument(
        "--yes-destroy-production",
        metavar="NAME",
        help="the root stack of production, or of what is protected as it is; do not ask",
    )
    return verb.run(parser, arguments, _destroy)


def _destroy(deployed: Deployed, options: argparse.Namespace) -> int:
    root, bootstrap = stacks.find(deployed, deployed.stack), stacks.find(deployed, deployed.bootstrap)
    if root is None and bootstrap is None:
        raise RefusedError(f"There is neither {deployed.stack} nor {deployed.bootstrap} in {deployed.region}: nothing to destroy.")
    named = options.yes_destroy_production
    # Also once its settings say otherwise, as they must before its database can go; and once its root stack is gone.
    production = deployed.settings.production or (root is not None and root.protected) or named is not None
    if production:
        _refuse_without_name(deployed, named)
    role = bootstrap.outputs.get("ExecutionRoleArn") if bootstrap else None
    if root:
        if role is None:
            raise RefusedError(
                f"{deployed.bootstrap} has no role that deletes {deployed.stack}: "
                f"{f'it is {bootstrap.status}' if bootstrap else 'it is gone'}; deploy it (docs/deploy.md, section 2)."
            )
        _refuse_what_would_fail(deployed, root)
        # Read now, and not once the deletion goes on.
        deployed.descriptions  # noqa: B018
    kept = _buckets(deployed, root, bootstrap)
    if not production:
        _ask(deployed)
    again = f"python -m ci destroy {deployed.name}{f' --yes-destroy-production {named}' if named else ''}"
    with verb.begun():
        if root and role:
            _delete(deployed, root, role, again)
        if production:
            say(f"Kept: the buckets {', '.join(kept)} and the images of {names.repository(deployed.settings)}.")
        else:
            _empty(deployed, kept, again)
        # Last: as long as it stands, all of this can be done again.
        if bootstrap:
            _delete_bootstrap(deployed, bootstrap, again)
    say(f"{deployed.name} is destroyed. Next, if it is to come back: python -m ci deploy {deployed.name} --image VERSION")
    say(f"With its data: python -m ci restore {deployed.name} names its last snapshot, and the setting to come back with.")
    say(f"For good: delete environments/{deployed.name}.toml, then python generate.py.")
    return 0


def _refuse_without_name(deployed: Deployed, named: str | None) -> None:
    """Raises RefusedError."""
    what = "production" if deployed.settings.production else "protected from deletion, as production is"
    if named is None:
        raise RefusedError(f"{deployed.name} is {what}: to destroy it, give --yes-destroy-production {deployed.stack}.")
    if named != deployed.stack:
        raise RefusedError(f"{named} is not the root stack of {deployed.name}, {deployed.stack}: nothing was destroyed.")


def _refuse_what_would_fail(deployed: Deployed, root: stacks.Stack) -> None:
    """Half an hour later, and half-way; raises RefusedError."""
    if stacks.is_busy(root.status):
        raise RefusedError(f"{root.name} is {root.status}. Next: {stacks.next_step(deployed, root.status)}")
    name = _physical(deployed, root, "Database", "Instance")
    instance = beside.find(deployed, name) if name else None
    if instance and instance.get("DeletionProtection"):
        raise RefusedError(
            f"The database {name} is protected from deletion: set database.deletion_protection = false and no production = true in "
            f"environments/{deployed.name}.toml, render, python -m ci deploy, then again."
        )
    if left := beside.standing(deployed):
        commands = "\n".join(f"  {command}" for each in left for command in beside.removal(deployed, each))
        raise RefusedError(f"The network cannot go before what was restored into it. Next, then again:\n{commands}")


def _physical(deployed: Deployed, root: stacks.Stack, layer: str, logical_id: str) -> str | None:
    """Also of a layer that an earlier attempt has deleted: what it kept is still there."""
    nested = stacks.resources(deployed, root.id, gone=True).get(layer)
    return stacks.resources(deployed, nested, gone=True).get(logical_id) if nested else None


def _buckets(deployed: Deployed, root: stacks.Stack | None, bootstrap: stacks.Stack | None) -> list[str]:
    """What the stacks' deletion leaves: looked up before they are gone."""
    artifacts = bootstrap.outputs.get("ArtifactBucket") if bootstrap else None
    logs = _physical(deployed, root, "LoadBalancing", "AccessLogs") if root else None
    return [bucket for bucket in (artifacts, logs) if bucket]


def _empty(deployed: Deployed, buckets: Sequence[str], again: str) -> None:
    for bucket in buckets:
        try:
            empty_bucket(deployed, bucket)
        except ClientError as error:
            # The log bucket's name goes with the root stack.
            raise FailedError(f"The bucket {bucket} is left: {error}. Next: delete it (docs/deploy.md, section 7), then: {again}") from None
    empty_repository(deployed, names.repository(deployed.settings))


def _ask(deployed: Deployed) -> None:
    say(f"This destroys {deployed.stack} in {deployed.region}, with all of its images. Type its name to go on:")
    if sys.stdin.readline().strip() != deployed.stack:
        raise RefusedError("That is not its name: nothing was destroyed.")


def _delete(deployed: Deployed, root: stacks.Stack, role: str, again: str) -> None:
    cloudformation, events = deployed.client("cloudformation"), Events(deployed)
    if root.protected:
        cloudformation.update_termination_protection(StackName=root.name, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=root.name, RoleARN=role)
    happened: list[Event] = []
    with shown(deployed) as show:
        # First whether it is over, then what happened: nothing is missed.
        while left := stacks.find(deployed, root.id):
            new = events.new()
            happened += new
            show(new)
            if events.status and not stacks.is_busy(events.status):
                break
            time.sleep(SECONDS)
        show(events.new())
    if left and events.status != "DELETE_COMPLETE":
        if root.protected:
            # What is left is production still.
            cloudformation.update_termination_protection(StackName=root.name, EnableTerminationProtection=True)
        why = [*what_failed(deployed, happened), f"{root.name} is {events.status}. Next: remove the cause, then: {again}"]
        raise FailedError("\n".join(why))


def _delete_bootstrap(deployed: Deployed, bootstrap: stacks.Stack, again: str) -> None:
    cloudformation = deployed.client("cloudformation")
    say(f"Deleting {bootstrap.name}")
    cloudformation.delete_stack(StackName=bootstrap.name)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=bootstrap.id, WaiterConfig={"Delay": SECONDS, "MaxAttempts": 120})
    except WaiterError:
        events = cloudformation.describe_stack_events(StackName=bootstrap.id)["StackEvents"]
        # The latest comes first, and the stack's own event names no cause.
        failed = [each for each in events if each["ResourceStatus"] == "DELETE_FAILED" and each["LogicalResourceId"] != bootstrap.name]
        why = f"{failed[0]['LogicalResourceId']}: {failed[0].get('ResourceStatusReason')}" if failed else "it takes longer than 10 minutes"
        raise FailedError(f"{bootstrap.name} was not deleted: {why}. Next: remove the cause, then: {again}") from None
