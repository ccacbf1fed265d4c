"""Faults that lose data, or leave it readable; and databases that RDS would refuse or that would not do."""

import pytest

from tests.verify.faults import MISSING, Fault, more, of

FRONT = "load_balancing"


def instance(rule: str, name: str, value: object, says: str, environment: str = "prod") -> Fault:
    """Another value of a property of the database."""
    return Fault(rule, "database", of("Instance", name), value, environment, says)


FAULTS = (
    *(
        Fault("kept", template, ("Resources", title, policy), value, says=f"has {policy} {'nothing' if value is None else value}, not")
        for template, title in (("database", "Instance"), (FRONT, "AccessLogs"), ("bootstrap", "Repository"), ("api", "UserPool"))
        for policy in ("DeletionPolicy", "UpdateReplacePolicy")
        for value in ("Delete", None)
    ),
    Fault("kept", "account", ("Resources", "ApiGatewayLogRole", "DeletionPolicy"), MISSING, says="what others of the account rely on"),
    Fault("kept", "service", ("Resources", "InsightsLogGroup", "DeletionPolicy"), "Retain", says="in the way of the next one"),
    Fault("kept", "network", ("Resources", "ServiceSubnetA", "DeletionPolicy"), "Retain", says="in the way of the next one"),
    instance("kept", "DeletionProtection", False, "anybody's mistake deletes it"),
    instance("kept", "BackupRetentionPeriod", 0, "there is no copy of its data"),
    Fault("kept", "api", of("UserPool", "DeletionProtection"), "INACTIVE", says="anybody's mistake deletes it"),
    Fault("kept", FRONT, of("Alb", "LoadBalancerAttributes", 2, "Value"), "false", says="anybody's mistake deletes it"),
    # Encryption at rest.
    instance("at-rest", "StorageEncrypted", False, "StorageEncrypted = False"),
    instance("at-rest", "StorageEncrypted", MISSING, "has no StorageEncrypted, which is False then"),
    Fault("at-rest", "notifications", of("Topic", "KmsMasterKeyId"), MISSING, says="KmsMasterKeyId"),
    Fault("at-rest", "notifications", of("TopicKey", "EnableKeyRotation"), False, says="EnableKeyRotation"),
    Fault("at-rest", "bastion", of("Instance", "BlockDeviceMappings", 0, "Ebs", "Encrypted"), False, "dev", says="Encrypted = False"),
    Fault("at-rest", "bastion", of("Instance", "BlockDeviceMappings"), more({"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 8}}), "dev"),
    Fault("at-rest", "bastion", of("Instance", "BlockDeviceMappings", 0, "DeviceName"), "/dev/xvdax", "dev", says="DeviceName"),
    # What AWS advises.
    instance("safeguards", "ManageMasterUserPassword", MISSING, "neither keeps nor rotates"),
    instance("safeguards", "MasterUserPassword", "{{resolve:ssm-secure:password}}", "MasterUserPassword"),
    instance("secrets", "MasterUserPassword", "plain", "has MasterUserPassword in the template"),
    instance("safeguards", "AutoMinorVersionUpgrade", False, "security fixes wait"),
    instance("safeguards", "AllowMajorVersionUpgrade", True, "there is no way back"),
    instance("safeguards", "EngineVersion", "18.1", "a minor version stops every update"),
    instance("safeguards", "CACertificateIdentifier", "rds-ca-2019", "no such authority"),
    instance("safeguards", "MultiAZ", False, "the loss of a zone"),
    instance("safeguards", "DeleteAutomatedBackups", True, "its backups are deleted with it"),
    instance("safeguards", "MaxAllocatedStorage", MISSING, "once its storage is full"),
    instance("safeguards", "AllocatedStorage", "20x", "a number of GB"),
    instance("safeguards", "StorageType", "gp3x", "no such storage"),
    instance("safeguards", "EnableCloudwatchLogsExports", MISSING, "cannot be read"),
    Fault("safeguards", "bastion", of("Instance", "InstanceType"), MISSING, "dev", says="no longer there"),
    instance("safeguards", "Engine", MISSING, "what to run"),
    Fault("safeguards", "database", of("Parameters", "Parameters"), more({"log_statement": "all"}), says="reads data and passwords"),
    Fault("safeguards", "bastion", of("Instance", "MetadataOptions", "HttpTokens"), "optional", "dev", says="a forged request"),
    Fault("safeguards", "bastion", of("Instance", "MetadataOptions", "HttpPutResponseHopLimit"), 2, "dev", says="a container on it"),
    Fault("safeguards", "bastion", of("Instance", "KeyName"), "key", "dev", says="beside Session Manager"),
    Fault("safeguards", FRONT, of("Alb", "LoadBalancerAttributes", 4, "Value"), "false", says="drop_invalid_header_fields"),
    # The database as the settings and RDS want it.
    instance("database", "PreferredBackupWindow", "03:00-03:45", "in its maintenance window"),
    instance("database", "PreferredBackupWindow", "02:00-02:15", "has no PreferredBackupWindow of 30 minutes"),
    instance("database", "PreferredMaintenanceWindow", "sun:23:30-mon:02:30", "in its maintenance window"),
    instance("database", "PreferredMaintenanceWindow", "sun:03:30-sun:03:45", "has no PreferredMaintenanceWindow of 30 minutes"),
    instance("database", "PreferredMaintenanceWindow", "sun:03:30-sat:04:30", "in its maintenance window"),
    instance("database", "DBInstanceClass", "db.unknown", "takes about 0 connections"),
    instance("database", "BackupRetentionPeriod", 1, "fewer days than database.backup_days"),
    instance("database", "MultiAZ", False, "no standby"),
    instance("database", "DeletionProtection", MISSING, "can be deleted"),
    instance("database", "DBSnapshotIdentifier", "old", "another one replaces it"),
    instance("database", "MaxAllocatedStorage", 21, "wants room for at least 10 % more"),
    Fault("database", "database", of("Parameters", "Parameters"), more({"max_connections": "5"}), says="takes about 5 connections"),
    Fault("database", "database", of("Parameters", "Family"), "postgres17", says="is of the family postgres17"),
    Fault("lists", "database", of("Parameters", "Parameters"), more({"rds.forcessl": "1"}), says="rds.forcessl"),
    instance("contract", "DBName", "books", "is not the database awsome_books"),
    instance("contract", "MasterUsername", "admin", "is not the database awsome_books"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_it_is_found(fault: Fault) -> None:
    assert fault.says in (said := fault.found()) and said
