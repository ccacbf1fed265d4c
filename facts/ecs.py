"""ECS on Fargate."""

from facts.kinds import After, Calls, Event, Facts, Is, Member, Metrics, Name, Role, Safeguard

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-"
CLUSTER = ("AWS::ECS::Cluster", "Ref")
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
LINKED = ("ecs.amazonaws.com",)
# Roles of the infrastructure, for which no condition keys are documented.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
INFRASTRUCTURE = (
    "DeploymentConfiguration.LifecycleHooks.RoleArn",
    "ServiceConnectConfiguration.Services.Tls.RoleArn",
    "VolumeConfigurations.ManagedEBSVolume.RoleArn",
    "VpcLatticeConfigurations.RoleArn",
)
BALANCING = "AWS::ElasticLoadBalancingV2"
# What ECS does to the rule, its listener and the target groups while it moves traffic, and what it reads.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
ADVANCED = "LoadBalancers.AdvancedConfiguration"
REGISTERS = ("elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets")
MOVES_TRAFFIC = (
    Calls(("elasticloadbalancing:ModifyRule",), f"{ADVANCED}.ProductionListenerRule"),
    Calls(("elasticloadbalancing:ModifyListener",), f"{ADVANCED}.ProductionListenerRule", then="ListenerArn"),
    Calls(REGISTERS, "LoadBalancers.TargetGroupArn"),
    Calls(REGISTERS, f"{ADVANCED}.AlternateTargetGroupArn"),
    Calls(
        (
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
        ),
        "*",
    ),
)
USED = ("CPUUtilization", "MemoryUtilization")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/deploy-container-insights-ECS-cluster.html
INSIGHTS = Is("ClusterSettings.Value", ("enabled", "enhanced"), default="disabled")

_ALL = (
    Facts(
        type="AWS::ECS::Cluster",
        source=f"{PAGE}cluster.html",
        arns=("ecs:{region}:{account}:cluster/{name}",),
        name=Name("ClusterName", "region", longest=255),
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html
        safeguards=(Safeguard(Is("ClusterSettings.Name", ("containerInsights", None)), "ECS refuses a setting of another name"),),
        linked_roles=LINKED,
        metrics=(
            Metrics(
                "AWS/ECS",
                {"ClusterName": "Ref"},
                ("CPUReservation", "MemoryReservation", *USED),
                percentages=("CPUReservation", "MemoryReservation", *USED),
            ),
            Metrics(
                "ECS/ContainerInsights",
                {"ClusterName": "Ref"},
                ("CpuReserved", "CpuUtilized", "MemoryUtilized", "ServiceCount", "TaskCount"),
                when=INSIGHTS,
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
        safeguards=(
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html
            Safeguard(Is("PlatformVersion", ("LATEST",), default="LATEST"), "an old version of Fargate gets no security fixes"),
        ),
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
        roles=(
            Role(f"{ADVANCED}.RoleArn", "ecs.amazonaws.com", calls=MOVES_TRAFFIC),
            *(Role(path, "ecs.amazonaws.com") for path in INFRASTRUCTURE),
        ),
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
        events=(
            Event(
                "aws.ecs",
                "ECS Deployment State Change",
                "eventName",
                ("SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
            ),
            Event(
                "aws.ecs",
                "ECS Service Action",
                "eventName",
                (
                    "CAPACITY_PROVIDER_STEADY_STATE",
                    "SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED",
                    "SERVICE_DESIRED_COUNT_UPDATED",
                    "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY",
                    "SERVICE_DISCOVERY_OPERATION_THROTTLED",
                    "SERVICE_STEADY_STATE",
                    "SERVICE_TASK_CONFIGURATION_FAILURE",
                    "SERVICE_TASK_PLACEMENT_FAILURE",
                    "SERVICE_TASK_START_IMPAIRED",
                    "TASK_SET_SCALE_IN",
                    "TASK_SET_SCALE_OUT",
                    "TASK_SET_STEADY_STATE",
                ),
            ),
        ),
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
            Metrics("AWS/ECS", {"ServiceName": "Name"}, USED, others={"ClusterName": CLUSTER}, percentages=USED),
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
                when=Is(INSIGHTS.path, INSIGHTS.values, default=INSIGHTS.default, through="Cluster"),
            ),
        ),
    ),
    Facts(
        type="AWS::ECS::TaskDefinition",
        source=f"{PAGE}taskdefinition.html",
        arns=("ecs:{region}:{account}:task-definition/{name}:*",),
        ref_is_arn=True,
        safeguards=(
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html
            Safeguard(Is("ContainerDefinitions.Privileged", (False,), default=False), "a container could take over its host"),
            Safeguard(Is("ContainerDefinitions.User", pattern=r"(?!(root|0)(:|$)).*"), "what breaks into the container is root in it"),
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#other_task_definition_params
            Safeguard(Is("PidMode", (None,)), "each container can read the others' memory and variables"),
            Safeguard(Is("IpcMode", (None,)), "each container can read the others' shared memory"),
        ),
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
