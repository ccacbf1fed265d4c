"""The nightly task: one of the service's image, which a schedule starts and which ends by itself."""

import awacs.ecs
import awacs.iam
from awacs.aws import Condition, StringEquals
from troposphere import GetAtt, Ref, Sub
from troposphere.scheduler import (
    AwsVpcConfiguration,
    EcsParameters,
    FlexibleTimeWindow,
    NetworkConfiguration,
    Schedule,
    ScheduleGroup,
    Target,
)

from templates import policies, tasks
from templates.layer import Layer
from templates.measures import measure
from templates.roles import role
from templates.settings import Environment
from templates.tasks import Application

COMMAND = ["python", "books_api/manage.py", "check", "--database", "default"]


def nightly(environment: Environment, given: Application) -> Layer:
    """The task definition, the schedule, and the role with which it starts the task."""
    layer = Layer("nightly", environment, "what happens every night", tier="service")
    own = {"ENVIRONMENT": environment.name, "LOG_LEVEL": environment.service.log_level}
    container = tasks.container(layer, "nightly", tasks.variables(layer, given, **own), exec=False, Essential=True, Command=COMMAND)
    definition = tasks.task_definition(layer, "TaskDefinition", "The task of every night", given, container)
    roles = [definition.ExecutionRoleArn, definition.TaskRoleArn]
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
    start = role(
        layer,
        "ScheduleRole",
        "Starts the task of every night",
        policies.trust("scheduler.amazonaws.com", source=policies.arn("scheduler", "schedule-group/*")),
        policies.allow([awacs.ecs.RunTask], [Ref(definition)]),
        policies.allow([awacs.iam.PassRole], roles, Condition(StringEquals("iam:PassedToService", "ecs-tasks.amazonaws.com"))),
    )
    group = layer.add(ScheduleGroup("Schedules"), "The schedules of this environment")
    network = AwsVpcConfiguration(AssignPublicIp="DISABLED", Subnets=layer.subnets(), SecurityGroups=[layer.group("nightly")])
    layer.add(
        Schedule(
            "Schedule",
            GroupName=Ref(group),
            ScheduleExpression="cron(0 3 * * ? *)",
            FlexibleTimeWindow=FlexibleTimeWindow(Mode="FLEXIBLE", MaximumWindowInMinutes=15),
            Target=Target(
                Arn=Sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:cluster/${name}", name=layer.needs("ClusterName")),
                RoleArn=GetAtt(start, "Arn"),
                EcsParameters=EcsParameters(
                    TaskDefinitionArn=Ref(definition),
                    LaunchType="FARGATE",
                    NetworkConfiguration=NetworkConfiguration(AwsvpcConfiguration=network),
                ),
            ),
        ),
        "Starts the task at three",
    )
    failing = measure("TargetErrorCount", "Sum", group)
    layer.alarm("NightlyFails", "The task of every night does not start", failing, above=0, minutes=1)
    return layer
