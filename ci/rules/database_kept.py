"""No edit of a template loses the database: snapshots before it is replaced or deleted, protection and backups as declared.

A harmless-looking edit can replace a database (aws-cdk 14259).
"""

import re
from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect

SEVERITY = "loses"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html"
REMEDY = "Restore the property in templates/layers/database.py, or say in environments/ what you mean."

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
    """Look at policies, protection, backups and everything whose change would replace the instance."""
    environment = deployment.environment
    settings, kind = environment.database, "AWS::RDS::DBInstance"
    brought = settings.snapshot is not None
    for instance in deployment.of(kind):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if instance.raw.get(policy) != "Snapshot":
                yield Finding(instance, f"has no {policy} Snapshot: its data would be gone.")
    wanted = {
        "DeletionProtection": (settings.deletion_protection, "the settings say otherwise"),
        "BackupRetentionPeriod": (settings.backup_days, "the settings say otherwise"),
        "DBSnapshotIdentifier": (settings.snapshot, "another one replaces the database, by an empty one where there is none"),
        "DeleteAutomatedBackups": (None if brought else not environment.production, "production keeps its backups when it is deleted"),
        "CopyTagsToSnapshot": (True, "nobody could tell whose snapshot it is"),
        "MultiAZ": (settings.multi_zone, "the settings say otherwise"),
        "StorageEncrypted": (None if brought else True, "data on disk must be encrypted, and changing it later replaces the database"),
        "AllowMajorVersionUpgrade": (False, "a major version is an upgrade of its own, with a way back"),
        "AutoMinorVersionUpgrade": (True, "security fixes would wait for a deployment"),
        "EngineVersion": (None if brought else settings.engine_version, "a minor version stops every update once RDS has upgraded it"),
        "Engine": ("postgres", "the service speaks to PostgreSQL"),
        "EngineLifecycleSupport": ("open-source-rds-extended-support-disabled", "extended support is charged by the hour"),
        "DBName": (None if brought else "awsome_books", "another name replaces the database"),
        "DBInstanceClass": (settings.instance_class, "the settings say otherwise"),
        "AllocatedStorage": (str(settings.storage_gb), "the settings say otherwise"),
        "MaxAllocatedStorage": (settings.max_storage_gb, "storage must have room to grow"),
        "StorageType": ("gp3", "its speed does not depend on its size"),
        "EnableCloudwatchLogsExports": (["postgresql", "upgrade"], "what went wrong could not be read"),
    }
    yield from expect(deployment, *(Expected(kind, (name,), value, why) for name, (value, why) in wanted.items()))
    for instance in deployment.of(kind):
        taken: set[int] = set()
        for window, pattern in WINDOWS.items():
            match = pattern.fullmatch(str(instance.get(window)))
            minutes = _minutes(*match.groups()) if match else range(0)
            if len(minutes) < SHORTEST:
                yield Finding(instance, f"has no {window} of {SHORTEST} minutes that RDS reads: it would choose one by day, or refuse it.")
            if not taken.isdisjoint(minute % A_DAY for minute in minutes):
                yield Finding(instance, "is backed up in its maintenance window, which RDS refuses.")
            taken.update(minutes)


def _minutes(*window: str) -> range:
    """The minutes of a window, of the week where it names days."""
    first, last = (DAYS.index(day or DAYS[0]) * A_DAY + int(hour) * 60 + int(minute) for day, hour, minute in (window[:3], window[3:]))
    return range(first, first + (last - first) % (len(DAYS) * A_DAY if window[0] else A_DAY))
