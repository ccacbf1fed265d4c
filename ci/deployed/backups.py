"""What an environment's database can be restored from: the times of its automated backups, and its snapshots."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError

# Of an instance that was restored beside the environment's own.
BESIDE = "-at-"


class Window(NamedTuple):
    """The times that the automated backups of an instance reach; it may be gone by now."""

    instance: str
    resource_id: str
    earliest: datetime
    latest: datetime
    gigabytes: int
    encrypted: bool


class Snapshot(NamedTuple):
    """A snapshot; `kind` is manual, also for the last one of a database that was deleted, or automated."""

    identifier: str
    instance: str
    time: datetime
    kind: str
    status: str
    gigabytes: int
    encrypted: bool


def windows(deployed: Deployed) -> list[Window]:
    """Of all databases that the environment has had, the one that reaches furthest first."""
    found = pages(deployed, "describe_db_instance_automated_backups", "DBInstanceAutomatedBackups")
    reaching = [
        Window(
            backup["DBInstanceIdentifier"],
            backup["DbiResourceId"],
            backup["RestoreWindow"]["EarliestTime"],
            backup["RestoreWindow"]["LatestTime"],
            backup["AllocatedStorage"],
            backup.get("Encrypted", False),
        )
        for backup in found
        # A new instance has no window before its first backup.
        if not backup["DBInstanceIdentifier"].startswith(f"{deployed.stack}{BESIDE}")
        and {"EarliestTime", "LatestTime"} <= set(backup.get("RestoreWindow", {}))
    ]
    return sorted(reaching, key=lambda window: window.latest, reverse=True)


def snapshots(deployed: Deployed) -> list[Snapshot]:
    """Of all databases that the environment has had, the newest first."""
    found = pages(deployed, "describe_db_snapshots", "DBSnapshots")
    # One that is only beginning has no time yet.
    return sorted((_snapshot(each) for each in found if "SnapshotCreateTime" in each), key=lambda each: each.time, reverse=True)


def snapshot(deployed: Deployed, identifier: str) -> Snapshot:
    """The snapshot of this name, of whichever database; raises RefusedError where it cannot be used."""
    rds = deployed.client("rds")
    try:
        [found] = rds.describe_db_snapshots(DBSnapshotIdentifier=identifier)["DBSnapshots"]
    except rds.exceptions.DBSnapshotNotFoundFault:
        raise RefusedError(
            f"There is no snapshot {identifier} in {deployed.region}: python -m ci restore {deployed.name} lists them."
        ) from None
    if found["Status"] != "available":
        raise RefusedError(f"The snapshot {identifier} is {found['Status']}: wait until it is available.")
    if found["Engine"] != "postgres":
        raise RefusedError(f"The snapshot {identifier} is of {found['Engine']}, not of PostgreSQL: name another one.")
    major, wanted = found["EngineVersion"].partition(".")[0], deployed.settings.database.engine_version
    if major != wanted:
        raise RefusedError(
            f"The snapshot {identifier} is of PostgreSQL {major}, not of {wanted}: "
            "upgrade it (aws rds modify-db-snapshot), or name another one."
        )
    usable = _snapshot(found)
    refuse_unencrypted(usable.encrypted, f"The snapshot {identifier}")
    return usable


def refuse_unencrypted(encrypted: bool, what: str) -> None:
    """A restore cannot encrypt what was not; raises RefusedError."""
    if not encrypted:
        raise RefusedError(
            f"{what} is not encrypted: copy it with a key (aws rds copy-db-snapshot --kms-key-id alias/aws/rds ...), use that."
        )


def stamp(time: datetime) -> str:
    """A time as `restore --to` takes it."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def pages(deployed: Deployed, operation: str, items: str) -> Iterator[dict[str, Any]]:
    """What RDS has of the environment's instances (templates/names.py), and of those beside them; other stacks' names may begin so."""
    own = re.compile(rf"{re.escape(deployed.stack)}(-[0-9a-f]{{8}}|{BESIDE}\d{{8}}-\d{{6}})?")
    for page in deployed.client("rds").get_paginator(operation).paginate():
        yield from (item for item in page[items] if own.fullmatch(item["DBInstanceIdentifier"]))


def _snapshot(found: dict[str, Any]) -> Snapshot:
    return Snapshot(
        found["DBSnapshotIdentifier"],
        found["DBInstanceIdentifier"],
        found["SnapshotCreateTime"],
        found["SnapshotType"],
        found["Status"],
        found["AllocatedStorage"],
        found.get("Encrypted", False),
    )
