"""The data tier: PostgreSQL on RDS in two zones; Secrets Manager keeps its password and changes it every seven days."""

from typing import Any

from troposphere import GetAtt, Ref
from troposphere.logs import LogGroup
from troposphere.rds import DBInstance, DBParameterGroup, DBSubnetGroup

from templates import names
from templates.layer import Layer
from templates.settings import Environment

LOGS = ("postgresql", "upgrade")


def _origin(environment: Environment) -> dict[str, Any]:
    """What a snapshot brings with it must not be given beside it; preflight looks at its encryption and version.

    Of a version CloudFormation would make a change after the restore, and RDS knows no way back from a newer minor one.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html#cfn-rds-dbinstance-dbsnapshotidentifier
    """
    settings = environment.database
    if settings.snapshot:
        return {"DBSnapshotIdentifier": settings.snapshot}
    return {
        # The major version alone: a minor one stops every update once RDS has upgraded it.
        "EngineVersion": settings.engine_version,
        "DBName": names.DATABASE,
        "MasterUsername": "books_owner",
        "StorageEncrypted": True,
        "DeleteAutomatedBackups": not environment.production,
    }


def database(environment: Environment) -> Layer:
    """RDS PostgreSQL with its subnet group, parameter group, log groups and managed secret."""
    settings = environment.database
    layer = Layer("database", environment, "PostgreSQL, private and encrypted")
    subnets = layer.add(
        DBSubnetGroup("Subnets", DBSubnetGroupDescription="The data tier", SubnetIds=layer.needs("DataSubnetIds")),
        "The data tier's subnets, for the primary and its standby",
    )
    parameters = layer.add(
        DBParameterGroup(
            "Parameters",
            Description="TLS only",
            Family=f"postgres{settings.engine_version}",
            Parameters={"rds.force_ssl": "1"},
        ),
        "Refuses connections without TLS",
    )
    identifier = names.database_instance(environment)
    groups = [
        layer.add(
            LogGroup(
                f"{log.capitalize()}LogGroup", LogGroupName=f"/aws/rds/instance/{identifier}/{log}", RetentionInDays=environment.log_days
            ),
            f"PostgreSQL's log: {log}",
        )
        for log in LOGS
    ]
    instance = layer.add(
        DBInstance(
            "Instance",
            DBInstanceIdentifier=identifier,
            DBInstanceClass=settings.instance_class,
            Engine="postgres",
            AutoMinorVersionUpgrade=True,
            AllowMajorVersionUpgrade=False,
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html
            EngineLifecycleSupport="open-source-rds-extended-support-disabled",
            Port=str(names.DATABASE_PORT),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
            ManageMasterUserPassword=True,
            StorageType="gp3",
            AllocatedStorage=str(settings.storage_gb),
            MaxAllocatedStorage=settings.max_storage_gb,
            MultiAZ=settings.multi_zone,
            PubliclyAccessible=False,
            DBSubnetGroupName=Ref(subnets),
            VPCSecurityGroups=[layer.needs("DatabaseSecurityGroupId")],
            DBParameterGroupName=Ref(parameters),
            CACertificateIdentifier="rds-ca-rsa2048-g1",
            BackupRetentionPeriod=settings.backup_days,
            PreferredBackupWindow="02:00-03:00",
            PreferredMaintenanceWindow="sun:03:30-sun:04:30",
            CopyTagsToSnapshot=True,
            EnableCloudwatchLogsExports=list(LOGS),
            DeletionProtection=settings.deletion_protection,
            DeletionPolicy="Snapshot",
            UpdateReplacePolicy="Snapshot",
            DependsOn=[group.title for group in groups],
            **_origin(environment),
        ),
        "PostgreSQL" + (" with a standby in another zone" if settings.multi_zone else " in one zone"),
    )
    layer.provides(
        "DatabaseHost", GetAtt(instance, "Endpoint.Address"), "The database's host name, which stays the same in a failover", published=True
    )
    layer.provides(
        "DatabaseSecretArn",
        GetAtt(instance, "MasterUserSecret.SecretArn"),
        "The secret with the database's user and password",
        published=True,
    )
    layer.provides("DatabaseInstanceId", Ref(instance), "The database's identifier", published=True)
    return layer
