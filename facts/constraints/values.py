"""Which steps a value can take in place: what AWS refuses, what is then lost or cannot be taken back, what requests notice."""

from facts.constraints.kinds import Must, Value

DATABASE, POOL = "AWS::RDS::DBInstance", "AWS::Cognito::UserPool"
STORAGE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html"
BACKUPS = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html"
MODIFY = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html"
EXTENDED = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html"
POOLS = "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-updating.html"
ATTRIBUTES = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddCustomAttributes.html"
LOGS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"
CLASSES = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html"
BUCKETS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html"
KEYS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html"
ENDPOINT_DNS = "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html"
IMAGES = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html"

# The rollback sets the old value, and RDS refuses that as well.
STUCK = (
    "the rollback fails too, for the same reason: the stack is then UPDATE_ROLLBACK_FAILED, until "
    "`aws cloudformation continue-update-rollback` skips the resource"
)

VALUES = (
    Value(DATABASE, ("AllocatedStorage",), "less", "fails", "would lose storage, which RDS cannot do: it only grows", STORAGE),
    Value(
        DATABASE,
        ("AllocatedStorage",),
        "less than a tenth more",
        "fails",
        "would grow by less than 10 %, the least that RDS takes",
        "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1312",
        rollback=STUCK,
    ),
    Value(
        DATABASE,
        ("AllocatedStorage",),
        "a tenth more at least",
        "irreversible",
        "would get storage that it keeps for good: it only grows, and not again for six hours",
        STORAGE,
    ),
    Value(
        DATABASE,
        ("BackupRetentionPeriod",),
        "less",
        "irreversible",
        "would lose the automatic backups that are older than it then keeps them",
        BACKUPS,
    ),
    Value(
        DATABASE,
        ("EngineVersion",),
        "another major version",
        "fails",
        "would get another major version, which RDS refuses without AllowMajorVersionUpgrade",
        MODIFY,
        unless=(("AllowMajorVersionUpgrade",), True),
    ),
    Value(
        DATABASE,
        ("EngineLifecycleSupport",),
        "other",
        "fails",
        "would change its EngineLifecycleSupport, which AWS refuses once it exists",
        EXTENDED,
    ),
    Value(
        DATABASE,
        ("ManageMasterUserPassword",),
        "off",
        "interrupts",
        "would lose the secret that keeps its password, which the running tasks read",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
    ),
    *(
        Value(POOL, (name,), "other", "fails", f"would change its {name}, which AWS refuses once it exists", POOLS)
        for name in ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
    ),
    Value(POOL, ("Schema",), "an item goes or changes", "fails", "would lose or change an attribute, which Cognito never does", ATTRIBUTES),
    Value(POOL, ("Schema",), "an item comes", "irreversible", "would get an attribute that it keeps for good", ATTRIBUTES),
    Value("AWS::Logs::LogGroup", ("RetentionInDays",), "less", "irreversible", "would lose what is older than it then keeps", LOGS),
    Value("AWS::Logs::LogGroup", ("LogGroupClass",), "other", "fails", "would change its class, which stays as it was made", CLASSES),
    Value(
        "AWS::S3::Bucket",
        ("LifecycleConfiguration", "Rules", "ExpirationInDays"),
        "less",
        "irreversible",
        "would lose the objects that are older than it then keeps",
        BUCKETS,
    ),
    Value("AWS::KMS::Key", ("KeySpec",), "other", "fails", "would change its KeySpec, which KMS refuses once it exists", KEYS),
    Value("AWS::KMS::Key", ("KeyUsage",), "other", "fails", "would change its KeyUsage, which KMS refuses once it exists", KEYS),
    Value(
        "AWS::EC2::VPC", ("EnableDnsSupport",), "off", "interrupts", "would lose the DNS by which tasks find AWS's services", ENDPOINT_DNS
    ),
    Value("AWS::EC2::VPC", ("EnableDnsHostnames",), "off", "interrupts", "would lose the endpoints' private names", ENDPOINT_DNS),
    Value(
        "AWS::EC2::VPCEndpoint",
        ("PrivateDnsEnabled",),
        "off",
        "interrupts",
        "would lose the name under which tasks call the service",
        ENDPOINT_DNS,
    ),
    Value(
        "AWS::ECS::TaskDefinition",
        ("RuntimePlatform", "CpuArchitecture"),
        "other",
        "fails",
        "would run the same image on another processor, on which no task starts: build the image for it, and deploy both at once",
        IMAGES,
        together=("ContainerDefinitions", "Image"),
    ),
)

MUSTS = (
    Must(
        DATABASE,
        "windows are apart",
        (("PreferredBackupWindow",), ("PreferredMaintenanceWindow",)),
        "would be backed up in its maintenance window, which RDS refuses",
        MODIFY,
    ),
    Must(
        DATABASE,
        "a tenth above",
        (("AllocatedStorage",), ("MaxAllocatedStorage",)),
        "would have a maximum of storage that is not 10 % above what it has, which RDS refuses",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html",
    ),
)

# PostgreSQL reads these when it starts: with another value RDS restarts the database.
# https://www.postgresql.org/docs/18/view-pg-settings.html (context "postmaster")
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
AT_START = frozenset(
    (
        "archive_mode",
        "autovacuum_freeze_max_age",
        "autovacuum_multixact_freeze_max_age",
        "autovacuum_worker_slots",
        "cluster_name",
        "commit_timestamp_buffers",
        "dynamic_shared_memory_type",
        "hot_standby",
        "huge_page_size",
        "huge_pages",
        "io_max_combine_limit",
        "io_max_concurrency",
        "io_method",
        "jit_provider",
        "listen_addresses",
        "logging_collector",
        "max_active_replication_origins",
        "max_connections",
        "max_files_per_process",
        "max_locks_per_transaction",
        "max_logical_replication_workers",
        "max_notify_queue_pages",
        "max_pred_locks_per_transaction",
        "max_prepared_transactions",
        "max_replication_slots",
        "max_wal_senders",
        "max_worker_processes",
        "min_dynamic_shared_memory",
        "multixact_member_buffers",
        "multixact_offset_buffers",
        "notify_buffers",
        "port",
        "rds.logical_replication",
        "rds.max_tcp_buffers",
        "reserved_connections",
        "serializable_buffers",
        "shared_buffers",
        "shared_memory_type",
        "shared_preload_libraries",
        "subtransaction_buffers",
        "superuser_reserved_connections",
        "track_activity_query_size",
        "track_commit_timestamp",
        "transaction_buffers",
        "wal_buffers",
        "wal_decode_buffer_size",
        "wal_level",
        "wal_log_hints",
    )
)
