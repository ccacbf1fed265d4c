"""EventBridge Scheduler."""

from facts.kinds import Facts, Is, Member, Metrics, Name, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-"
NETWORK = "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration"

_ALL = (
    Facts(
        type="AWS::Scheduler::Schedule",
        source=f"{PAGE}schedule.html",
        arns=("scheduler:{region}:{account}:schedule/*/{name}",),
        name=Name("Name", "parent"),
        # Of the tasks that it runs.
        member=Member(f"{NETWORK}.SecurityGroups", f"{NETWORK}.Subnets", when=Is("Target.EcsParameters.TaskDefinitionArn")),
        private=(Is(f"{NETWORK}.AssignPublicIp", ("DISABLED",), default="DISABLED"),),
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        roles=(Role("Target.RoleArn", "scheduler.amazonaws.com", source="scheduler:{region}:{account}:schedule-group/*"),),
        refers={
            "Target.EcsParameters.TaskDefinitionArn": ("AWS::ECS::TaskDefinition", "Ref"),
            f"{NETWORK}.SecurityGroups": ("AWS::EC2::SecurityGroup", "GroupId"),
            f"{NETWORK}.Subnets": ("AWS::EC2::Subnet", "Ref"),
        },
    ),
    Facts(
        type="AWS::Scheduler::ScheduleGroup",
        source=f"{PAGE}schedulegroup.html",
        arns=("scheduler:{region}:{account}:schedule-group/{name}", "scheduler:{region}:{account}:schedule/{name}/*"),
        name=Name("Name", "region"),
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
        metrics=(
            Metrics("AWS/Scheduler", {"ScheduleGroup": "Ref"}, ("InvocationAttemptCount", "InvocationDroppedCount", "TargetErrorCount")),
        ),
    ),
)
FACTS = {each.type: each for each in _ALL}
