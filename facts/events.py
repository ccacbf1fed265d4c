"""EventBridge's rules."""

from facts.kinds import After, Calls, Delivery, Facts, Is, Member, Metrics, Name, Role

NETWORK = "Targets.EcsParameters.NetworkConfiguration.AwsVpcConfiguration"
TASK = "Targets.EcsParameters.TaskDefinitionArn"

FACTS = {
    "AWS::Events::Rule": Facts(
        type="AWS::Events::Rule",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html",
        arns=("events:{region}:{account}:rule/{name}",),
        name=Name("Name", "region"),
        # Of the tasks that it runs.
        member=Member(f"{NETWORK}.SecurityGroups", f"{NETWORK}.Subnets", when=Is(TASK)),
        private=(Is(f"{NETWORK}.AssignPublicIp", ("DISABLED",), default="DISABLED"),),
        after=(After("AWS::SNS::TopicPolicy", "the topic refuses its notifications until then", ("Targets.Arn", "Topics")),),
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
        roles=(
            Role("RoleArn", "events.amazonaws.com", source="events:{region}:{account}:rule/*"),
            Role(
                "Targets.RoleArn",
                "events.amazonaws.com",
                source="events:{region}:{account}:rule/*",
                calls=(
                    Calls(("ecs:RunTask",), TASK),
                    Calls(("iam:PassRole",), TASK, then="ExecutionRoleArn"),
                    Calls(("iam:PassRole",), TASK, then="TaskRoleArn"),
                ),
            ),
        ),
        # Topics let it in without conditions, which EventBridge does not support there.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
        deliveries=(
            Delivery(
                "Targets.Arn",
                "events.amazonaws.com",
                {
                    "AWS::SNS::Topic": ("sns:Publish",),
                    "AWS::SQS::Queue": ("sqs:SendMessage",),
                    "AWS::Lambda::Function": ("lambda:InvokeFunction",),
                },
                key_actions=("kms:Decrypt", "kms:GenerateDataKey"),
                for_account=False,
            ),
        ),
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
        metrics=(
            Metrics(
                "AWS/Events",
                {"RuleName": "Ref"},
                ("FailedInvocations", "Invocations", "InvocationsSentToDlq", "MatchedEvents", "ThrottledRules", "TriggeredRules"),
            ),
        ),
    )
}
