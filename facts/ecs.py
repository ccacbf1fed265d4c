"""ECS on Fargate."""

from facts.kinds import After, Facts, Is, Member, Metrics, Name, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-"
CLUSTER = ("AWS::ECS::Cluster", "Ref")
STOPS = "all running tasks stop with it"
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
LINKED = ("ecs.amazonaws.com",)
# Roles of the infrastructure, for which no condition keys are documented.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
INFRASTRUCTURE = (
    "DeploymentConfiguration.LifecycleHooks.RoleArn",
    "LoadBalancers.AdvancedConfiguration.RoleArn",
    "ServiceConnectConfiguration.Services.Tls.RoleArn",
    "VolumeConfigurations.ManagedEBSVolume.RoleArn",
    "VpcLatticeConfigurations.RoleArn",
)
BALANCING = "AWS::ElasticLoadBalancingV2"

_ALL = (
    Facts(
        type="AWS::ECS::Cluster",
        source=f"{PAGE}cluster.html",
        arns=("ecs:{region}:{account}:cluster/{name}",),
        name=Name("ClusterName", "region", longest=255),
        guarded=STOPS,
        linked_roles=LINKED,
        metrics=(
            Metrics("AWS/ECS", {"ClusterName": "Ref"}, ("CPUReservation", "CPUUtilization", "MemoryReservation", "MemoryUtilization")),
            Metrics(
                "ECS/ContainerInsights",
                {"ClusterName": "Ref"},
                ("CpuReserved", "CpuUtilized", "MemoryUtilized", "ServiceCount", "TaskCount"),
            ),
        ),
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAccountSetting.html
        unused=("ecs:PutAccountSetting*", "kms:*"),
    ),
    Facts(
        type="AWS::ECS::Service",
        source=f"{PAGE}service.html",
        arns=("ecs:{region}:{account}:service/{Cluster}/{name}", "ecs:{region}:{account}:service-deployment/{Cluster}/{name}/*"),
        ref_is_arn=True,
        name=Name("ServiceName", "parent", longest=255),
        member=Member("NetworkConfiguration.AwsvpcConfiguration.SecurityGroups", "NetworkConfiguration.AwsvpcConfiguration.Subnets"),
        private=(Is("NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", ("DISABLED",), default="DISABLED"),),
        guarded=STOPS,
        after=(
            After("AWS::EC2::VPCEndpoint", "its tasks call AWS at once"),
            After(
                f"{BALANCING}::ListenerRule",
                "a service takes only target groups that a load balancer uses",
                ("LoadBalancers.TargetGroupArn", "Actions.ForwardConfig.TargetGroups.TargetGroupArn"),
            ),
        ),
        # Container Insights writes there.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
        log_groups=("/aws/ecs/containerinsights/{Cluster}/performance",),
        linked_roles=LINKED,
        roles=tuple(Role(path, "ecs.amazonaws.com") for path in INFRASTRUCTURE),
        refers={
            "Cluster": CLUSTER,
            "LoadBalancers.AdvancedConfiguration.AlternateTargetGroupArn": (f"{BALANCING}::TargetGroup", "Ref"),
            "LoadBalancers.AdvancedConfiguration.ProductionListenerRule": (f"{BALANCING}::ListenerRule", "Ref"),
            "LoadBalancers.TargetGroupArn": (f"{BALANCING}::TargetGroup", "Ref"),
            "TaskDefinition": ("AWS::ECS::TaskDefinition", "Ref"),
        },
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
        metrics=(
            Metrics("AWS/ECS", {"ServiceName": "Name"}, ("CPUUtilization", "MemoryUtilization"), others={"ClusterName": CLUSTER}),
            Metrics(
                "ECS/ContainerInsights",
                {"ServiceName": "Name"},
                (
                    "CpuReserved",
                    "CpuUtilized",
                    "DeploymentCount",
                    "DesiredTaskCount",
                    "EphemeralStorageReserved",
                    "EphemeralStorageUtilized",
                    "MemoryReserved",
                    "MemoryUtilized",
                    "NetworkRxBytes",
                    "NetworkTxBytes",
                    "PendingTaskCount",
                    "RunningTaskCount",
                    "StorageReadBytes",
                    "StorageWriteBytes",
                    "TaskSetCount",
                ),
                others={"ClusterName": CLUSTER},
            ),
        ),
    ),
    Facts(
        type="AWS::ECS::TaskDefinition",
        source=f"{PAGE}taskdefinition.html",
        arns=("ecs:{region}:{account}:task-definition/{name}:*",),
        ref_is_arn=True,
        # Another one of the family is its next revision.
        name=Name("Family", "region", longest=255, unique=False),
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
        roles=tuple(
            Role(path, "ecs-tasks.amazonaws.com", source="ecs:{region}:{account}:*", inside=True)
            for path in ("ExecutionRoleArn", "TaskRoleArn")
        ),
        refers={"ContainerDefinitions.LogConfiguration.Options.awslogs-group": ("AWS::Logs::LogGroup", "Ref")},
    ),
)
FACTS = {each.type: each for each in _ALL}
