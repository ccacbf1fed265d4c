"""Restores a point in time or a snapshot of the database beside the one that runs, and says how to go on from there."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from ci.deployed import backups, beside, cli, database, stacks, verb
from ci.deployed.backups import stamp
from ci.deployed.beside import Instance, Source
from ci.deployed.checks import DENIED
from ci.deployed.database import Database
from ci.deployed.environment import Deployed
from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.verb import say

EXAMPLES = """\
  python -m ci restore prod                                        what it can be restored from; changes nothing
  python -m ci restore prod --to 2026-11-23T14:05:00+01:00         as it was at that time
  python -m ci restore prod --to latest                            as it was some minutes ago
  python -m ci restore prod --snapshot rds:awsome-books-prod-2026-11-23-02-05
"""
LATEST = "latest"
# What a database of another name replaces: it, and the log groups that are named after it.
REPLACED = "database.Instance database.PostgresqlLogGroup database.UpgradeLogGroup"
# Lets the database be replaced, until the deployment sets the other policy again.
UNLOCKED = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}]}


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    description = (
        "Restore the database beside the one that runs, which it does not touch: private, encrypted and guarded in the same way. "
        "Then it prints how to copy rows back, how to switch over, and how to remove it. Without an option: what can be restored."
    )
    parser = verb.parser("restore", description, EXAMPLES)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--to", metavar="TIME", help="a time with its zone, such as 2026-11-23T14:05:00Z, or latest")
    which.add_argument("--snapshot", metavar="ID", help="a snapshot, automated or manual, or the last one of a database that was deleted")
    return verb.run(parser, arguments, _restore)


def _restore(deployed: Deployed, options: argparse.Namespace) -> int:
    with _nothing_changed():
        if not (options.to or options.snapshot):
            return _list(deployed)
        wanted = _time(options.to) if options.to and options.to != LATEST else None
        standing = _standing(deployed)
        source = _from_snapshot(deployed, options.snapshot) if options.snapshot else _from_time(deployed, standing, wanted)
        name = beside.begin(deployed, standing, source)
    again = f"python -m ci restore {deployed.name} " + (
        f"--snapshot {options.snapshot}" if options.snapshot else f"--to {stamp(source.time)}"
    )
    say(f"{source.name} is restored to {name}: 10 minutes, or longer where there is much data. Ctrl-C stops the watching alone.")
    try:
        instance = beside.finish(deployed, standing, name)
    except (KeyboardInterrupt, ClientError, BotoCoreError) as error:
        raise FailedError(f"{str(error) or 'You stopped watching.'} RDS goes on by itself. Finish what is left to do: {again}") from None
    print(f"instance {name}\nhost     {instance['Endpoint']['Address']}\nsecret   {instance['MasterUserSecret']['SecretArn']}")
    with verb.begun():
        for line in _steps(deployed, standing, instance, options.snapshot):
            say(line)
    return 0


@contextmanager
def _nothing_changed() -> Iterator[None]:
    """What AWS refuses before anything was begun."""
    try:
        yield
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in DENIED:
            raise RefusedError(
                f"These credentials may not call {error.operation_name}: restoring is for an administrator, not for a pipeline "
                f"(docs/restore.md names what it takes). AWS says: {message}"
            ) from None
        if code in verb.UNKNOWN_SIGN_IN:
            raise
        raise RefusedError(f"AWS refused {error.operation_name} ({code}): {message}") from None


def _list(deployed: Deployed) -> int:
    windows, snapshots = backups.windows(deployed), backups.snapshots(deployed)
    for window in windows:
        print(f"--to TIME   {stamp(window.earliest)} to {stamp(window.latest)}  {_kept(window)}  {window.instance}")
    for each in snapshots:
        print(f"--snapshot  {stamp(each.time)}  {each.kind}, {each.status}, {_kept(each)}  {each.identifier}")
    if not (windows or snapshots):
        raise RefusedError(f"There is neither a backup nor a snapshot of {deployed.stack} in {deployed.region}.")
    if database.find(deployed) is None:
        say(_come_back(deployed, snapshots))
    else:
        say(f"Times are UTC. Next: python -m ci restore {deployed.name} with one of these")
    return 0


def _kept(of: backups.Window | backups.Snapshot) -> str:
    return f"{of.gigabytes} GB, {'encrypted' if of.encrypted else 'NOT ENCRYPTED'}"


def _come_back(deployed: Deployed, snapshots: Sequence[backups.Snapshot]) -> str:
    """How an environment that was destroyed gets its data back."""
    newest = next((each for each in snapshots if each.status == "available"), None)
    if newest is None:
        return f"{deployed.stack} is not deployed: deploy it, then restore beside it (docs/restore.md)."
    settings = _settings(deployed, newest.identifier, newest.gigabytes)
    return (
        f"{deployed.stack} is not deployed. To come back with the data of {stamp(newest.time)}: set {settings} "
        f"under [database] in environments/{deployed.name}.toml, python generate.py {deployed.name}, "
        f"python -m ci deploy {deployed.name} --image VERSION (docs/restore.md)"
    )


def _settings(deployed: Deployed, snapshot: str, gigabytes: int) -> str:
    """What brings back the data of a snapshot; storage that has grown by itself must be given."""
    grown = f" and storage_gb = {gigabytes}" if gigabytes > deployed.settings.database.storage_gb else ""
    return f'snapshot = "{snapshot}"{grown}'


def _standing(deployed: Deployed) -> Database:
    if found := database.find(deployed):
        return found
    raise RefusedError(_come_back(deployed, backups.snapshots(deployed)))


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(f"{text} is no time: give one such as 2026-11-23T14:05:00Z, or latest.") from None
    if time.tzinfo is None:
        raise RefusedError(f"{text} has no time zone: is it {text}Z, in UTC, or {text}+01:00?")
    return time.astimezone(UTC)


def _from_time(deployed: Deployed, standing: Database, wanted: datetime | None) -> Source:
    windows = backups.windows(deployed)
    if not windows:
        raise RefusedError(
            f"{deployed.stack} has no automated backups to go back in time with: python -m ci restore {deployed.name} lists its snapshots."
        )
    # The environment's own database comes before those that it had earlier.
    windows.sort(key=lambda window: window.instance != standing.identifier)
    window = next((each for each in windows if wanted is None or each.earliest <= wanted <= each.latest), None)
    if window is None:
        reach = ", ".join(f"{stamp(each.earliest)} to {stamp(each.latest)} ({each.instance})" for each in windows)
        raise RefusedError(f"{wanted and stamp(wanted)} cannot be restored, only {reach}.")
    backups.refuse_unencrypted(window.encrypted, f"The backup of {window.instance}")
    when = {"UseLatestRestorableTime": True} if wanted is None else {"RestoreTime": wanted}
    time = wanted or window.latest
    name = f"{window.instance} at {stamp(time)}"
    operation, target = "restore_db_instance_to_point_in_time", "TargetDBInstanceIdentifier"
    return Source(name, time, operation, target, {"SourceDbiResourceId": window.resource_id, **when})


def _from_snapshot(deployed: Deployed, identifier: str) -> Source:
    found = backups.snapshot(deployed, identifier)
    operation, target = "restore_db_instance_from_db_snapshot", "DBInstanceIdentifier"
    return Source(f"snapshot {identifier}", found.time, operation, target, {"DBSnapshotIdentifier": identifier})


def _steps(deployed: Deployed, standing: Database, instance: Instance, snapshot: str | None) -> Iterator[str]:
    """What a person does next, to be copied as it stands."""
    name, region = instance["DBInstanceIdentifier"], f"--region {deployed.region}"
    yield f"{name} stands beside {standing.identifier}. No task uses it; it costs as much as that one until you remove it."
    yield "\nLook at it, from two terminals (it needs the bastion):"
    yield f"  python -m ci tunnel {deployed.name} --port 15432"
    yield f"  python -m ci tunnel {deployed.name} --port 15433 --database {name}"
    yield "\nIf some rows are damaged or gone, copy these back: docs/restore.md, Copy rows back. Nothing else changes, nobody waits."
    yield "\nIf all is damaged, switch over. What was written since then stays behind in the database that is replaced:"
    if snapshot is None:
        snapshot = f"{name}-copy"
        yield f"  aws rds create-db-snapshot {region} --db-instance-identifier {name} --db-snapshot-identifier {snapshot}"
        yield f"  aws rds wait db-snapshot-available {region} --db-snapshot-identifier {snapshot}"
    settings = _settings(deployed, snapshot, instance["AllocatedStorage"])
    yield f"  in environments/{deployed.name}.toml, under [database]: {settings}"
    yield f"  python generate.py {deployed.name}"
    yield f"  python -m ci preview {deployed.name} --against live --allow {REPLACED}"
    tags = " ".join(cli.tags(Project=deployed.settings.project, Environment=deployed.name, Layer="bootstrap"))
    yield (
        f"  aws cloudformation deploy {region} --stack-name {deployed.bootstrap} --capabilities CAPABILITY_NAMED_IAM "
        f"--template-file output/{deployed.name}/bootstrap.template.json {tags}"
    )
    policy = cli.compact(UNLOCKED)
    yield f"  aws cloudformation set-stack-policy {region} --stack-name {standing.stack} --stack-policy-body '{policy}'"
    image = stacks.root(deployed).parameters["ImageDigest"]
    yield f"  python -m ci deploy {deployed.name} --image {image} --allow {REPLACED}"
    yield f"  python -m ci smoke {deployed.name}, and commit the setting: without it the next deployment would make an empty database"
    yield "\nRemove it, when you are done:"
    yield from (f"  {command}" for command in beside.removal(deployed, instance))
    yield f"\nNext: python -m ci tunnel {deployed.name} --port 15433 --database {name}"
