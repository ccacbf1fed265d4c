"""RDS for PostgreSQL."""

from facts.kinds import Answers, Beside, Data, Event, Facts, Is, Member, Metrics, Name, Role, Safeguard

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-"
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
LINKED = ("rds.amazonaws.com",)
# Their handlers look at what there is before they know a name.
LOOKS = ("rds:{region}:{account}:*",)

# Properties that make an instance from another one, or from what one left.
REPLICA, SNAPSHOT = "SourceDBInstanceIdentifier", "DBSnapshotIdentifier"
MADE_FROM = (REPLICA, SNAPSHOT)
# Of those that begin with rds., RDS for PostgreSQL has these.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
OF_RDS = (
    "accepted_password_auth_method|adaptive_autovacuum|allowed_delegable_extensions|allowed_extensions|babelfish_status|blue_green_replication_type"
    "|cert_ca_file|custom_dns_resolution|enable_pgactive|enable_plan_management|extensions|force_admin_logging_level"
    "|force_autovacuum_logging_level|force_ssl|global_db_rpo|logical_replication|logically_replicate_unlogged_tables"
    "|log_retention_period|pg_stat_ramdisk_size|rds_superuser_reserved_connections|restrict_password_commands|superuser_variables"
)

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
                tls=(
                    Is("Parameters.rds.force_ssl", (1,), default=1, through="DBParameterGroupName"),
                    Is("Parameters.ssl_min_protocol_version", ("TLSv1.2", "TLSv1.3"), default="TLSv1.2", through="DBParameterGroupName"),
                ),
                default_port=5432,
            ),
        ),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html#Overview.Encryption.Limitations
        at_rest=(Is("StorageEncrypted", (True,), default=False, unless=MADE_FROM),),
        private=(Is("PubliclyAccessible", (False,), default=False),),
        data=Data(
            "its data",
            ("Snapshot", "Retain", "RetainExceptOnCreate"),
            backups=(Is("BackupRetentionPeriod", pattern="[1-9]|[12][0-9]|3[0-5]", default=1, unless=(REPLICA,)),),
            # Of a read replica no last snapshot can be taken.
            # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
            unless=REPLICA,
        ),
        protection=Is("DeletionProtection", (True,), default=False),
        safeguards=(
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
            Safeguard(
                Is("ManageMasterUserPassword", (True,), default=False, unless=(REPLICA,)), "RDS neither keeps nor rotates the password"
            ),
            Safeguard(Is("MasterUserPassword", (None,)), "whoever reads the template or the stack has the password"),
            # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
            Safeguard(Is("Engine", unless=MADE_FROM), "RDS does not know what to run"),
            Safeguard(Is("AllocatedStorage", pattern=r"[2-9]\d|\d{3,}", unless=MADE_FROM), "RDS takes a number of GB, from 20 on"),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html
            Safeguard(Is("EngineLifecycleSupport", pattern="open-source-rds-extended-support(-disabled)?|None"), "RDS has no such support"),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
            Safeguard(Is("StorageType", ("gp2", "gp3", "io1", "io2", "standard"), default="gp2"), "RDS has no such storage"),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html
            Safeguard(Is("EnableCloudwatchLogsExports", unless=(REPLICA,)), "what went wrong cannot be read"),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
            Safeguard(Is("MaxAllocatedStorage", unless=(REPLICA,)), "it stops once its storage is full"),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.html
            Safeguard(Is("AutoMinorVersionUpgrade", (True,), default=True), "security fixes wait for a deployment"),
            Safeguard(
                Is("EngineVersion", pattern=r"\d+|[5-9]\.\d+", unless=(REPLICA, SNAPSHOT)),
                "a minor version stops every update once RDS has upgraded it",
            ),
            Safeguard(
                Is("AllowMajorVersionUpgrade", (False,), default=False),
                "a change of the version upgrades the data, and there is no way back",
            ),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.CertificateIdentifier
            Safeguard(Is("CACertificateIdentifier", pattern="rds-ca-(rsa2048|rsa4096|ecc384)-g1|None"), "RDS has no such authority"),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html
            Safeguard(Is("MultiAZ", (True,), default=False, unless=(REPLICA,)), "the loss of a zone takes it away", production=True),
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Retaining.html
            Safeguard(
                Is("DeleteAutomatedBackups", (False,), default=True, unless=MADE_FROM), "its backups are deleted with it", production=True
            ),
        ),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html
        log_groups=("/aws/rds/instance/{name}/postgresql", "/aws/rds/instance/{name}/upgrade"),
        linked_roles=LINKED,
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html#USER_Monitoring.OS.confused-deputy
        roles=(
            Role("MonitoringRoleArn", "monitoring.rds.amazonaws.com", source="rds:{region}:{account}:db:*"),
            Role("AssociatedRoles.RoleArn", "rds.amazonaws.com", source="rds:{region}:{account}:db:*"),
        ),
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
                percentages=("BurstBalance", "CPUUtilization", "EBSByteBalance%", "EBSIOBalance%"),
            ),
        ),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
        # https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-rds.html
        events=(
            Event(
                "aws.rds",
                "RDS DB Instance Event",
                "EventCategories",
                (
                    "availability",
                    "backup",
                    "backtrack",
                    "configuration change",
                    "creation",
                    "deletion",
                    "failover",
                    "failure",
                    "low storage",
                    "maintenance",
                    "notification",
                    "read replica",
                    "recovery",
                    "restoration",
                    "security",
                    "security patching",
                ),
                "SourceIdentifier",
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
        keys={"Parameters": rf"(?!rds\.)[a-z_]+(\.[a-z_]+)?|rds\.({OF_RDS})"},
        safeguards=(
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html
            Safeguard(Is("Parameters.log_statement", ("none", "ddl"), default="none"), "whoever reads its log reads data and passwords"),
        ),
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
