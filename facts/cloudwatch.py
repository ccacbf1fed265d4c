"""CloudWatch's alarms and dashboards."""

from facts.kinds import Delivery, Event, Facts, Name

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-"
# Their handlers look at what there is before they know a name.
LOOKS = ("cloudwatch:{region}:{account}:alarm:*", "cloudwatch::{account}:dashboard/*")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
PRINCIPAL, PUBLISH = "cloudwatch.amazonaws.com", {"AWS::SNS::Topic": ("sns:Publish",)}
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
KEY = ("kms:Decrypt", "kms:GenerateDataKey")

_ALL = (
    Facts(
        type="AWS::CloudWatch::Alarm",
        source=f"{PAGE}alarm.html",
        arns=("cloudwatch:{region}:{account}:alarm:{name}",),
        name=Name("AlarmName", "region", longest=255),
        deliveries=tuple(Delivery(path, PRINCIPAL, PUBLISH, KEY) for path in ("AlarmActions", "InsufficientDataActions", "OKActions")),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
        events=(
            Event("aws.cloudwatch", "CloudWatch Alarm State Change", "state.value", ("ALARM", "INSUFFICIENT_DATA", "OK"), "alarmName"),
        ),
        looks=LOOKS,
    ),
    Facts(
        type="AWS::CloudWatch::Dashboard",
        source=f"{PAGE}dashboard.html",
        # CloudFormation names it without the stack's name.
        arns=("cloudwatch::{account}:dashboard/*",),
        name=Name("DashboardName", "account", longest=255),
        looks=LOOKS,
    ),
)
FACTS = {each.type: each for each in _ALL}
