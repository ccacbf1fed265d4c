"""Deletes an environment, in order: the root stack, what its deletion keeps, the bootstrap stack."""

import argparse
import sys
import time
from collections.abc import Sequence

from ci.deployed import stacks, verb
from ci.deployed.buckets import empty_bucket, empty_repository
from ci.deployed.diagnosis import diagnosis
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
        "--yes-destroy-production", metavar="NAME", help="the name of the root stack, for an environment with production = true"
    )
    return verb.run(parser, arguments, _destroy)


def _destroy(deployed: Deployed, options: argparse.Namespace) -> int:
    _confirm(deployed, options.yes_destroy_production)
    root, bootstrap = stacks.find(deployed, deployed.stack), stacks.find(deployed, deployed.bootstrap)
    if root is None and bootstrap is None:
        raise RefusedError(f"There is neither {deployed.stack} nor {deployed.bootstrap} in {deployed.region}: nothing to destroy.")
    if root and bootstrap is None:
        raise RefusedError(f"{deployed.bootstrap} is gone, whose role deletes {deployed.stack}: deploy it (docs/deploy.md, section 2).")
    kept = _buckets(deployed, root, bootstrap)
    if root and bootstrap:
        _refuse_protected_database(deployed)
        _delete(deployed, root, bootstrap.outputs["ExecutionRoleArn"])
    if bootstrap:
        _delete_bootstrap(deployed)
    if deployed.settings.production:
        say(f"Kept: the buckets {', '.join(kept)} and the images of {names.repository(deployed.settings)}.")
    else:
        for bucket in kept:
            empty_bucket(deployed, bucket)
        empty_repository(deployed, names.repository(deployed.settings))
    say(f"{deployed.name} is destroyed. Next, if it is to come back: python -m ci deploy {deployed.name} --image VERSION")
    say(f"With its data: python -m ci restore {deployed.name} names its last snapshot, and the setting to come back with.")
    return 0


def _confirm(deployed: Deployed, named: str | None) -> None:
    if deployed.settings.production and named != deployed.stack:
        raise RefusedError(f"{deployed.name} is production: to destroy it, give --yes-destroy-production {deployed.stack}.")
    if named is None:
        say(f"This destroys {deployed.stack} in {deployed.region}, with all of its images. Type its name to go on:")
        if sys.stdin.readline().strip() != deployed.stack:
            raise RefusedError("That is not its name: nothing was destroyed.")


def _refuse_protected_database(deployed: Deployed) -> None:
    rds, name = deployed.client("rds"), names.database_instance(deployed.settings)
    try:
        found = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except rds.exceptions.DBInstanceNotFoundFault:
        return
    if any(instance.get("DeletionProtection") for instance in found):
        raise RefusedError(
            f"The database {name} is protected from deletion: set database.deletion_protection = false and no production = true in "
            f"environments/{deployed.name}.toml, render, python -m ci deploy, then again."
        )


def _buckets(deployed: Deployed, root: stacks.Stack | None, bootstrap: stacks.Stack | None) -> list[str]:
    """What the stacks' deletion leaves: looked up before they are gone."""
    found = [bootstrap.outputs["ArtifactBucket"]] if bootstrap and "ArtifactBucket" in bootstrap.outputs else []
    layer = stacks.resources(deployed, root.id).get("LoadBalancing") if root else None
    logs = stacks.resources(deployed, layer).get("AccessLogs") if layer else None
    return [*found, logs] if logs else found


def _delete(deployed: Deployed, root: stacks.Stack, role: str) -> None:
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
            if happened and not stacks.is_busy(left.status):
                break
            time.sleep(SECONDS)
        show(events.new())
    if left:
        raise FailedError("\n".join(diagnosis(deployed, happened, left.status, f"python -m ci destroy {deployed.name}")))


def _delete_bootstrap(deployed: Deployed) -> None:
    cloudformation = deployed.client("cloudformation")
    say(f"Deleting {deployed.bootstrap}")
    cloudformation.delete_stack(StackName=deployed.bootstrap)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=deployed.bootstrap, WaiterConfig={"Delay": SECONDS, "MaxAttempts": 120}
    )
