"""An instance beside the environment's database: restored, and made as private and as guarded as that one's template says."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ci.deployed.backups import BESIDE, pages
from ci.deployed.database import Database
from ci.deployed.environment import Deployed
from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.verb import say

Instance = dict[str, Any]

# The properties of the template that a restore takes; for what it is not told it takes AWS's defaults, such as the default security group.
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
RESTORE = (
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBParameterGroupName",
    "DBSubnetGroupName",
    "DeletionProtection",
    "EnableCloudwatchLogsExports",
    "EngineLifecycleSupport",
    "MultiAZ",
    "Port",
    "PreferredBackupWindow",
    "PubliclyAccessible",
    "StorageType",
    "VPCSecurityGroups",
)
# What only a change takes, once the instance is there; a restore has the password managed for Oracle alone.
MODIFY = ("ManageMasterUserPassword", "MaxAllocatedStorage", "PreferredMaintenanceWindow")
# What the backup brings with it (its storage may have grown), and what only CloudFormation knows.
BROUGHT = (
    *("AllocatedStorage", "DBName", "DBSnapshotIdentifier", "Engine", "EngineVersion", "MasterUsername", "StorageEncrypted"),
    *("AllowMajorVersionUpgrade", "DBInstanceIdentifier", "DeleteAutomatedBackups"),
)
# CloudFormation's name for a parameter of RDS, where they differ; and what is a string there and a number here.
API = {"VPCSecurityGroups": "VpcSecurityGroupIds"}
NUMBERS = ("Port",)

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
USABLE = ("available", "storage-initialization", "storage-optimization")
BROKEN = ("failed", "restore-error", "insufficient-capacity", "storage-full", "deleting")
REMEDIES = {
    "InstanceQuotaExceeded": "ask for more DB instances in Service Quotas, or delete one that nobody needs",
    "StorageQuotaExceeded": "ask for more storage in Service Quotas, or delete an instance that nobody needs",
    "InsufficientDBInstanceCapacity": "AWS has none of this class left here; try again, or deploy another database.instance_class",
    "KMSKeyNotAccessibleFault": "the key of the backup must be enabled, and these credentials must be allowed to use it",
}
TAG = "RestoredFrom"
SECONDS = 15


class Source(NamedTuple):
    """What is restored: its name for people and for a tag, the time of its data, and how RDS is asked for it.

    `target` is the parameter of the operation that names the new instance.
    """

    name: str
    time: datetime
    operation: str
    target: str
    arguments: dict[str, Any]


def identifier(deployed: Deployed, source: Source) -> str:
    """The name of the instance that this source is restored to: the same source, the same name."""
    return f"{deployed.stack}{BESIDE}{source.time.astimezone(UTC):%Y%m%d-%H%M%S}"


def find(deployed: Deployed, name: str) -> Instance | None:
    """What RDS says about an instance; None where there is none."""
    rds = deployed.client("rds")
    try:
        [found] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except rds.exceptions.DBInstanceNotFoundFault:
        return None
    instance: Instance = found
    return instance


def standing(deployed: Deployed) -> list[Instance]:
    """All that were restored and not removed."""
    found = pages(deployed, "describe_db_instances", "DBInstances")
    return [instance for instance in found if BESIDE in instance["DBInstanceIdentifier"].removeprefix(deployed.stack)]


def removal(deployed: Deployed, instance: Instance) -> Iterator[str]:
    """The commands that remove one, without a snapshot."""
    name, region = instance["DBInstanceIdentifier"], f"--region {deployed.region}"
    if instance.get("DeletionProtection"):
        yield f"aws rds modify-db-instance {region} --db-instance-identifier {name} --no-deletion-protection --apply-immediately"
    yield f"aws rds delete-db-instance {region} --db-instance-identifier {name} --skip-final-snapshot"


def begin(deployed: Deployed, database: Database, source: Source) -> str:
    """Ask for the instance, unless an earlier call did; its name. Raises RefusedError."""
    name = identifier(deployed, source)
    if there := find(deployed, name):
        if {"Key": TAG, "Value": source.name} not in there.get("TagList", []):
            raise RefusedError(f"There is an instance {name} that was not restored from {source.name}: delete or rename it, then again.")
        say(f"{name} is there already, from an earlier call: it is taken as it is.")
        return name
    tags = {"Project": deployed.settings.project, "Environment": deployed.name, "Layer": "database", TAG: source.name}
    try:
        getattr(deployed.client("rds"), source.operation)(
            **source.arguments,
            **{source.target: name},
            **_properties(database, RESTORE),
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "").rstrip(".")
        if code not in REMEDIES:
            raise
        raise RefusedError(f"RDS does not restore {source.name} ({code}: {message}): {REMEDIES[code]}.") from None
    return name


def finish(deployed: Deployed, database: Database, name: str) -> Instance:
    """Follow it until it stands, with a password and log groups of its own; raises FailedError."""
    _keep_logs(deployed, database, name)
    _follow(deployed, name, lambda instance: "MasterUserSecret" in instance or _modify(deployed, database, name))
    return _follow(deployed, name, _is_settled)


def _modify(deployed: Deployed, database: Database, name: str) -> bool:
    """Give it a password of its own, kept by Secrets Manager, and the rest; whether RDS takes that now."""
    rds = deployed.client("rds")
    try:
        rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **_properties(database, MODIFY))
    except rds.exceptions.InvalidDBInstanceStateFault:
        return False
    return True


def _properties(database: Database, taken: tuple[str, ...]) -> dict[str, Any]:
    given = {name: database.properties[name] for name in taken if name in database.properties}
    return {API.get(name, name): int(value) if name in NUMBERS else value for name, value in given.items()}


def _keep_logs(deployed: Deployed, database: Database, name: str) -> None:
    """Make its log groups before RDS does, whose never expire."""
    logs = deployed.client("logs")
    for log in database.properties.get("EnableCloudwatchLogsExports", ()):
        group = f"/aws/rds/instance/{name}/{log}"
        try:
            logs.create_log_group(logGroupName=group)
        except logs.exceptions.ResourceAlreadyExistsException:
            continue
        logs.put_retention_policy(logGroupName=group, retentionInDays=deployed.settings.log_days)


def _is_settled(instance: Instance) -> bool:
    return instance.get("MasterUserSecret", {}).get("SecretStatus") == "active" and not instance.get("PendingModifiedValues")


def _follow(deployed: Deployed, name: str, is_ready: Callable[[Instance], bool]) -> Instance:
    """Tell what becomes of it, at least once a minute."""
    began, told = time.monotonic(), ("", -1)
    while True:
        instance = find(deployed, name)
        if instance is None:
            raise FailedError(f"{name} is gone: somebody has deleted it.")
        status, minutes = instance["DBInstanceStatus"], int((time.monotonic() - began) / 60)
        if told != (status, minutes):
            say(f"{minutes:>3} min  {name} is {status}")
            told = (status, minutes)
        if status in BROKEN or status.startswith(("incompatible-", "inaccessible-")):
            raise FailedError(
                f"{name} is {status}; see why: aws rds describe-events --source-type db-instance --source-identifier {name} "
                f"--duration 1440 --region {deployed.region}. Then delete it, and again."
            )
        if status in USABLE and is_ready(instance):
            return instance
        time.sleep(SECONDS)
