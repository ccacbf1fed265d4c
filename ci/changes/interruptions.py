"""Which changes interrupt what a resource does, and which stay in place though the schema says that they may replace it.

No resource schema says it: these are the properties of which CloudFormation's pages say "Update requires: Some interruptions", or where
they leave it open. What RDS itself does to an instance decides over what CloudFormation's page says of it in general.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
"""

from typing import Any

DATABASE, INSTANCE = "AWS::RDS::DBInstance", "AWS::EC2::Instance"
INTERRUPTING = {
    DATABASE: ("CACertificateIdentifier", "DBInstanceClass", "DBParameterGroupName", "EngineVersion", "Port", "StorageType"),
    # The database restarts for a parameter that needs it.
    "AWS::RDS::DBParameterGroup": ("Parameters",),
    INSTANCE: ("InstanceType", "SecurityGroupIds", "UserData"),
    "AWS::EC2::SecurityGroup": ("SecurityGroupEgress", "SecurityGroupIngress"),
}
# RDS modifies an instance; the bastion is in a VPC and its volume on EBS, so that it is stopped and started. What replaces a database is
# in isChangeMutable:
# https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/blob/master/aws-rds-dbinstance/src/main/java/software/amazon/rds/dbinstance/util/ImmutabilityHelper.java
IN_PLACE = {
    DATABASE: ("AutoMinorVersionUpgrade", "BackupRetentionPeriod", "DBParameterGroupName", "MultiAZ", "PreferredMaintenanceWindow"),
    INSTANCE: INTERRUPTING[INSTANCE],
}


def interrupts(kind: str, name: str, before: Any, after: Any) -> bool:
    """Whether this change of a property may interrupt what the resource does."""
    if (kind, name) == (DATABASE, "BackupRetentionPeriod"):
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
        return "0" in (str(before), str(after))
    if (kind, name) == (DATABASE, "AutoMinorVersionUpgrade"):
        # RDS may at once upgrade a version that is no longer the newest.
        return str(after).lower() == "true"
    return name in INTERRUPTING.get(kind, ())


def in_place(kind: str, name: str) -> bool:
    """Whether a change of this property does not replace, though the schema says that it may."""
    return name in IN_PLACE.get(kind, ())
