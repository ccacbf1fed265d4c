"""What changes in place and interrupts what the resource does, and what stays in place though its schema says that it may be replaced.

No resource schema says it: these are the properties of which CloudFormation's pages say "Update requires: Some interruptions", or where
they leave it open. What a service itself does decides over what CloudFormation's page says of it in general.
"""

from facts.constraints.kinds import Effect

DATABASE, INSTANCE, GROUP = "AWS::RDS::DBInstance", "AWS::EC2::Instance", "AWS::RDS::DBParameterGroup"
SETTINGS = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html"
# UpdateHandler.shouldReboot: any update restarts an instance whose parameter group waits for it.
HANDLER = "https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds"
MACHINE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html"

INTERRUPTS = (
    Effect(
        DATABASE,
        "CACertificateIdentifier",
        "other",
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html",
        unless=(("CertificateRotationRestart",), False),
    ),
    Effect(DATABASE, "DBInstanceClass", "other", SETTINGS),
    Effect(DATABASE, "DBParameterGroupName", "other", HANDLER),
    Effect(DATABASE, "EngineVersion", "other", SETTINGS),
    Effect(DATABASE, "Port", "other", SETTINGS),
    Effect(DATABASE, "StorageType", "from or to standard", SETTINGS),
    Effect(
        DATABASE,
        "BackupRetentionPeriod",
        "from or to 0",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html",
    ),
    # RDS may at once upgrade a version that is no longer the newest.
    Effect(DATABASE, "AutoMinorVersionUpgrade", "on", SETTINGS),
    Effect(GROUP, "Parameters", "a parameter that is read at the start", HANDLER),
    Effect(INSTANCE, "InstanceType", "other", MACHINE),
    Effect(INSTANCE, "SecurityGroupIds", "other", MACHINE),
    Effect(INSTANCE, "UserData", "other", MACHINE),
    Effect(
        "AWS::ElastiCache::ReplicationGroup",
        "EngineVersion",
        "other",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html",
    ),
)
# RDS modifies an instance; an instance in a VPC with its volume on EBS is stopped and started. What replaces a database is in
# ImmutabilityHelper.isChangeMutable of the same handler.
IN_PLACE = {
    DATABASE: ("AutoMinorVersionUpgrade", "BackupRetentionPeriod", "DBParameterGroupName", "MultiAZ", "PreferredMaintenanceWindow"),
    INSTANCE: ("InstanceType", "SecurityGroupIds", "UserData"),
}
