"""No edit of a template loses the database: snapshots before it is replaced or deleted, protection and backups as declared.

A harmless-looking edit can replace a database (aws-cdk 14259).
"""

import re
from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect

SEVERITY = "loses"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html"
REMEDY = "Restore the property in templates/database.py, or say in environments/ what you mean."

TIME = r"([01]\d|2[0-3]):[0-5]\d"
DAY = "(mon|tue|wed|thu|fri|sat|sun)"
WINDOWS = {
    "PreferredBackupWindow": re.compile(f"{TIME}-{TIME}"),
    "PreferredMaintenanceWindow": re.compile(f"{DAY}:{TIME}-{DAY}:{TIME}"),
}


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
    for window, pattern in WINDOWS.items():
        for instance in deployment.of(kind):
            if not pattern.fullmatch(str(instance.get(window))):
                yield Finding(instance, f"has no {window} of the form that RDS reads: AWS would choose one by day, or refuse it.")
