"""The data tier: PostgreSQL on RDS in two zones; Secrets Manager keeps its password and changes it every seven days."""

from typing import Any

import awacs.secretsmanager
from troposphere import GetAtt, Ref
from troposphere.logs import LogGroup
from troposphere.rds import DBInstance, DBParameterGroup, DBSubnetGroup

from templates import instance_classes, names, policies
from templates.contract import Database
from templates.layer import Layer
from templates.measures import Measure, measure
from templates.settings import Environment

LOGS = ("postgresql", "upgrade")


GIB = 2**30


def _origin(environment: Environment, database: Database) -> dict[str, Any]:
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
        "DBName": database.name,
        "MasterUsername": database.owner,
        "StorageEncrypted": True,
    }


def database(environment: Environment, contract: Database) -> Layer:
    """RDS PostgreSQL with its subnet group, parameter group, log groups and managed secret."""
    settings = environment.database
    layer = Layer("database", environment, "PostgreSQL, private and encrypted", tier="data")
    subnets = layer.add(
        DBSubnetGroup("Subnets", DBSubnetGroupDescription="The data tier", SubnetIds=layer.subnets()),
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
            VPCSecurityGroups=[layer.group("database")],
            DBParameterGroupName=Ref(parameters),
            CACertificateIdentifier="rds-ca-rsa2048-g1",
            BackupRetentionPeriod=settings.backup_days,
            PreferredBackupWindow="02:00-03:00",
            PreferredMaintenanceWindow="sun:03:30-sun:04:30",
            CopyTagsToSnapshot=True,
            DeleteAutomatedBackups=not environment.production,
            EnableCloudwatchLogsExports=list(LOGS),
            DeletionProtection=settings.deletion_protection,
            DeletionPolicy="Snapshot",
            UpdateReplacePolicy="Snapshot",
            DependsOn=[group.title for group in groups],
            **_origin(environment, contract),
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
    _application(layer, instance, contract)
    _notifications(layer, instance)
    measures = [measure(name, "Average", instance) for name in ("CPUUtilization", "DatabaseConnections", "ReadLatency")]
    layer.graph("Database", "Average", *measures)
    return layer


def _application(layer: Layer, instance: DBInstance, contract: Database) -> None:
    """What the application needs to connect: it reads user and password from the secret whenever it does."""
    secret = GetAtt(instance, "MasterUserSecret.SecretArn")
    layer.tells("DATABASE_HOST", GetAtt(instance, "Endpoint.Address"))
    layer.tells("DATABASE_NAME", contract.name)
    layer.tells("DATABASE_PORT", str(names.DATABASE_PORT))
    layer.tells("DATABASE_SECRET_ARN", secret)
    layer.lets_call("secretsmanager", [awacs.secretsmanager.GetSecretValue], [secret])
    layer.lets_call(None, *policies.DECRYPT_SECRETS)


def _notifications(layer: Layer, instance: DBInstance) -> None:
    settings = layer.environment.database
    memory = instance_classes.MEMORY_GIB[settings.instance_class] * GIB
    storage = settings.storage_gb * GIB
    connections = instance_classes.max_connections(settings.instance_class)

    def average(name: str) -> Measure:
        return measure(name, "Average", instance)

    layer.alarm("DatabaseCpu", "The database's CPU is above 80 %", average("CPUUtilization"), above=80, minutes=10)
    layer.alarm("DatabaseMemory", "The database has less than 5 % of its memory free", average("FreeableMemory"), below=int(memory * 0.05))
    layer.alarm(
        "DatabaseStorage",
        "The database has less than 10 % of its first storage free",
        average("FreeStorageSpace"),
        below=int(storage * 0.1),
    )
    layer.alarm(
        "DatabaseConnections",
        "The database has more than 80 % of the connections that it allows",
        average("DatabaseConnections"),
        above=int(connections * 0.8),
    )
    # Not by a subscription of RDS: Slack shows no messages of its form.
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
    layer.event(
        "FailoverEvents",
        "Failovers, failures and maintenance of the database",
        {
            "source": ["aws.rds"],
            "detail-type": ["RDS DB Instance Event"],
            "detail": {
                "SourceIdentifier": [names.database_instance(layer.environment)],
                "EventCategories": ["availability", "failover", "failure", "low storage", "maintenance", "recovery"],
            },
        },
    )
