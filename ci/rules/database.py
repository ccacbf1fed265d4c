"""A database has connections for the most tasks, what the settings promise of it, parameters of its version, and windows that RDS takes.

During a deployment two versions run at full scale, and each task that starts migrates. A parameter group of another family is refused, and
so is a backup window that overlaps with the maintenance window.
"""

import re
from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.tasks import own_containers, told
from ci.model.values import references
from ci.rules import Finding
from templates import fargate, instance_classes
from templates.settings_checks import VERSIONS_AT_ONCE

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections"
REMEDY = "Next: choose a larger database.instance_class, or correct the family or the window."

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = r"([01]\d|2[0-3]):([0-5]\d)"
DAY = f"({'|'.join(DAYS)}):"
WINDOWS = {
    "PreferredBackupWindow": re.compile(f"(){TIME}-(){TIME}"),
    "PreferredMaintenanceWindow": re.compile(f"{DAY}{TIME}-{DAY}{TIME}"),
}
# In minutes. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html#USER_WorkingWithAutomatedBackups.BackupWindow
SHORTEST, A_DAY = 30, 24 * 60


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each instance of RDS."""
    for instance in deployment.of("AWS::RDS::DBInstance"):
        yield from _windows(instance)
        group = instance.get("DBParameterGroupName")
        parameters = group.resource if isinstance(group, Reference) else None
        version = instance.get("EngineVersion", default=deployment.environment.database.engine_version)
        family = f"{instance.get('Engine', default='')}{version}"
        # A replica has the engine of what it copies.
        if parameters and instance.get("Engine") and not family.startswith(str(parameters.get("Family"))):
            yield Finding(parameters, f"is of the family {parameters.get('Family')}, and {instance.label} is {family}.")
        if any(
            reference.resource is instance
            for _, container in own_containers(deployment)
            for reference in references([*told(container).values()])
        ):
            yield from _connections(deployment, instance, parameters)
            yield from _promised(deployment, instance)


def _promised(deployment: Deployment, instance: Resource) -> Iterator[Finding]:
    """What the settings promise of the service's own database, which more than fulfils them."""
    settings = deployment.environment.database
    if instance.get("SourceDBInstanceIdentifier") is not None:
        return
    if int(instance.get("BackupRetentionPeriod", default=1)) < settings.backup_days:
        yield Finding(instance, f"keeps backups for fewer days than database.backup_days, {settings.backup_days}.")
    if settings.multi_zone and instance.get("MultiAZ") is not True:
        yield Finding(instance, "has no standby in another zone, which database.multi_zone promises.")
    if settings.deletion_protection and instance.get("DeletionProtection") is not True:
        yield Finding(instance, "can be deleted, which database.deletion_protection rules out.")
    if instance.get("DBSnapshotIdentifier") != settings.snapshot:
        yield Finding(
            instance, f"is made from {instance.get('DBSnapshotIdentifier')}, not from database.snapshot: another one replaces it."
        )
    most, least = str(instance.get("MaxAllocatedStorage", default="")), str(instance.get("AllocatedStorage", default=""))
    if most.isdigit() and least.isdigit() and int(most) * 10 < int(least) * 11:
        yield Finding(instance, f"may grow to {most} GB from {least}; RDS wants room for at least 10 % more.")


def _connections(deployment: Deployment, instance: Resource, parameters: Resource | None) -> Iterator[Finding]:
    environment, size = deployment.environment, str(instance.need("DBInstanceClass"))
    offered = instance_classes.max_connections(size) if size in instance_classes.MEMORY_GIB else 0
    set_by_hand = str(parameters.get("Parameters", "max_connections", default="")) if parameters else ""
    offered = int(set_by_hand) if set_by_hand.isdigit() else offered
    needed = environment.service.max_tasks * VERSIONS_AT_ONCE * fargate.connections(environment.service.cpu, environment.contract.threads)
    if needed > offered:
        yield Finding(instance, f"takes about {offered} connections as {size}; a deployment needs up to {needed}.")


def _windows(instance: Resource) -> Iterator[Finding]:
    taken: set[int] = set()
    for window, pattern in WINDOWS.items():
        if (given := instance.get(window)) is None:
            continue
        match = pattern.fullmatch(str(given))
        minutes = _minutes(*match.groups()) if match else range(0)
        if len(minutes) < SHORTEST:
            yield Finding(instance, f"has no {window} of {SHORTEST} minutes that RDS reads.")
        if not taken.isdisjoint(minute % A_DAY for minute in minutes):
            yield Finding(instance, "is backed up in its maintenance window, which RDS refuses.")
        taken.update(minutes)


def _minutes(*window: str) -> range:
    """The minutes of a window, of the week where it names days."""
    first, last = (DAYS.index(day or DAYS[0]) * A_DAY + int(hour) * 60 + int(minute) for day, hour, minute in (window[:3], window[3:]))
    return range(first, first + (last - first) % (len(DAYS) * A_DAY if window[0] else A_DAY))
