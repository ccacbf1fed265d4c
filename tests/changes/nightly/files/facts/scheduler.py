"""EventBridge Scheduler."""

from facts.kinds import Calls, Facts, Is, Member, Metrics, Name, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-"
TASK = "Target.EcsParameters.TaskDefinitionArn"
COUNTS = ("InvocationAttemptCount", "InvocationDroppedCount", "TargetErrorCount")
NETWORK = "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration"

_ALL = (
    Facts(
        type="AWS::Scheduler::Schedule",
        source=f"{PAGE}schedule.html",
        arns=("scheduler:{region}:{account}:schedule/*/{name}",),
        name=Name("Name", "parent"),
        # Of the tasks that it runs.
        member=Member(f"{NETWORK}.SecurityGroups", f"{NETWORK}.Subnets", when=Is(TASK)),
        private=(Is(f"{NETWORK}.AssignPublicIp", ("DISABLED",), default="DISABLED"),),
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
        roles=(
            Role(
                "Target.RoleArn",
                "scheduler.amazonaws.com",
                source="scheduler:{region}:{account}:schedule-group/*",
                calls=(
                    Calls(("ecs:RunTask",), TASK),
                    Calls(("iam:PassRole",), TASK, then="ExecutionRoleArn"),
                    Calls(("iam:PassRole",), TASK, then="TaskRoleArn"),
                ),
            ),
        ),
        refers={
            TASK: ("AWS::ECS::TaskDefinition", "Ref"),
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
        metrics=(Metrics("AWS/Scheduler", {"ScheduleGroup": "Ref"}, COUNTS, counts=COUNTS),),
    ),
)
FACTS = {each.type: each for each in _ALL}
