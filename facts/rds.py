"""RDS for PostgreSQL."""

from facts.kinds import Answers, Beside, Data, Facts, Interrupts, Is, Member, Metrics, Name, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-"
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
LINKED = ("rds.amazonaws.com",)
# Their handlers look at what there is before they know a name.
LOOKS = ("rds:{region}:{account}:*",)

_ALL = (
    Facts(
        type="AWS::RDS::DBInstance",
        source=f"{PAGE}dbinstance.html",
        arns=("rds:{region}:{account}:db:{name}",),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
        attribute_arns={"MasterUserSecret.SecretArn": "secretsmanager:{region}:{account}:secret:rds!db-*"},
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.Constraints
        name=Name("DBInstanceIdentifier", "region", longest=63),
        member=Member("VPCSecurityGroups", "SubnetIds", subnets_through="DBSubnetGroupName"),
        answers=(
            Answers(
                "Port",
                # Without it PostgreSQL speaks plainly to whoever does not ask for TLS. RDS sets it from version 15 on.
                # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
                tls=(Is("Parameters.rds.force_ssl", (1,), default=1, through="DBParameterGroupName"),),
                default_port=5432,
            ),
        ),
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html#cfn-rds-dbinstance-storageencrypted
        at_rest=(Is("StorageEncrypted", (True,), default=False, unless="SourceDBInstanceIdentifier"),),
        private=(Is("PubliclyAccessible", (False,), default=False),),
        data=Data(
            "its data",
            ("Snapshot", "Retain", "RetainExceptOnCreate"),
            backups=(Is("BackupRetentionPeriod", pattern="[1-9][0-9]*", default=1, unless="SourceDBInstanceIdentifier"),),
            # Of a read replica no last snapshot can be taken.
            # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
            unless="SourceDBInstanceIdentifier",
        ),
        protection=Is("DeletionProtection", (True,), default=False),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html
        fixed=("EngineLifecycleSupport",),
        # What replaces an instance, of what the schema leaves open, is in isChangeMutable:
        # https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/blob/master/aws-rds-dbinstance/src/main/java/software/amazon/rds/dbinstance/util/ImmutabilityHelper.java
        in_place=("AutoMinorVersionUpgrade", "BackupRetentionPeriod", "DBParameterGroupName", "MultiAZ", "PreferredMaintenanceWindow"),
        # What RDS itself does to an instance decides over what CloudFormation's page says of it in general.
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html
        interrupts=(
            # RDS may at once upgrade a version that is no longer the newest.
            Interrupts("AutoMinorVersionUpgrade", becomes=(True,)),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
            Interrupts("BackupRetentionPeriod", was=(0,), becomes=(0,)),
            Interrupts("CACertificateIdentifier"),
            Interrupts("DBInstanceClass"),
            Interrupts("DBParameterGroupName"),
            Interrupts("EngineVersion"),
            Interrupts("Port"),
            Interrupts("StorageType"),
        ),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html
        log_groups=("/aws/rds/instance/{name}/postgresql", "/aws/rds/instance/{name}/upgrade"),
        linked_roles=LINKED,
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html#USER_Monitoring.OS.confused-deputy
        roles=(Role("MonitoringRoleArn", "monitoring.rds.amazonaws.com", source="rds:{region}:{account}:db:*"),),
        refers={
            "DBParameterGroupName": ("AWS::RDS::DBParameterGroup", "Ref"),
            "DBSubnetGroupName": ("AWS::RDS::DBSubnetGroup", "Ref"),
            "VPCSecurityGroups": ("AWS::EC2::SecurityGroup", "GroupId"),
        },
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
        metrics=(
            Metrics(
                "AWS/RDS",
                {"DBInstanceIdentifier": "Ref"},
                (
                    "BurstBalance",
                    "CPUCreditBalance",
                    "CPUCreditUsage",
                    "CPUUtilization",
                    "CheckpointLag",
                    "DatabaseConnections",
                    "DiskQueueDepth",
                    "EBSByteBalance%",
                    "EBSIOBalance%",
                    "FreeStorageSpace",
                    "FreeableMemory",
                    "MaximumUsedTransactionIDs",
                    "NetworkReceiveThroughput",
                    "NetworkTransmitThroughput",
                    "OldestReplicationSlotLag",
                    "ReadIOPS",
                    "ReadLatency",
                    "ReadThroughput",
                    "ReplicaLag",
                    "ReplicationSlotDiskUsage",
                    "SwapUsage",
                    "TransactionLogsDiskUsage",
                    "TransactionLogsGeneration",
                    "WriteIOPS",
                    "WriteLatency",
                    "WriteThroughput",
                ),
            ),
        ),
        beside=(
            Beside(
                ("rds:CreateDBInstance",),
                ("rds:{region}:{account}:og:default*", "rds:{region}:{account}:pg:{stack}-*", "rds:{region}:{account}:subgrp:{stack}-*"),
            ),
            Beside(("ec2:DescribeVpcAttribute",), ("ec2:{region}:{account}:vpc/*",)),
            # The key of its secret, which is AWS's own.
            Beside(("kms:DescribeKey",), ("kms:{region}:{account}:key/*",)),
            # The last snapshot, which a deletion leaves.
            Beside(("rds:CreateDBSnapshot", "rds:AddTagsToResource"), ("rds:{region}:{account}:snapshot:{stack}-*",)),
            Beside(("secretsmanager:CreateSecret", "secretsmanager:TagResource"), ("secretsmanager:{region}:{account}:secret:rds!db-*",)),
        ),
        looks=LOOKS,
        unused=("kms:CreateGrant", "rds:PromoteReadReplica*", "rds:Restore*"),
    ),
    Facts(
        type="AWS::RDS::DBParameterGroup",
        source=f"{PAGE}dbparametergroup.html",
        arns=("rds:{region}:{account}:pg:{name}",),
        name=Name("DBParameterGroupName", "region", longest=255),
        # The database restarts for a parameter that needs it.
        interrupts=(Interrupts("Parameters"),),
        linked_roles=LINKED,
        looks=LOOKS,
    ),
    Facts(
        type="AWS::RDS::DBSubnetGroup",
        source=f"{PAGE}dbsubnetgroup.html",
        arns=("rds:{region}:{account}:subgrp:{name}",),
        name=Name("DBSubnetGroupName", "region", longest=255),
        linked_roles=LINKED,
        refers={"SubnetIds": ("AWS::EC2::Subnet", "Ref")},
        looks=LOOKS,
    ),
)
FACTS = {each.type: each for each in _ALL}
