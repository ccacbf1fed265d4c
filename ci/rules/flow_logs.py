"""The VPC writes down who talked to whom: all of it, to a group of ours, with a role that may write there.

After an incident it is the one record of what left the network, or tried to.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.arns import arn
from ci.model.identity import allowed, permissions
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"
REMEDY = "Leave flow logs to templates/network.py."

ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the flow log of the VPC, its group and its role."""
    log, vpc = deployment.only("AWS::EC2::FlowLog"), deployment.only("AWS::EC2::VPC")
    if (log.get("ResourceType"), log.get("ResourceId"), log.get("TrafficType")) != ("VPC", Reference(vpc), "ALL"):
        yield Finding(log, "does not record all traffic of the VPC.")
    if log.get("LogDestinationType", default="cloud-watch-logs") != "cloud-watch-logs":
        yield Finding(log, "does not write to CloudWatch Logs.")
    if log.get("MaxAggregationInterval", default=600) not in (60, 600):
        yield Finding(log, "collects for another time than the one or ten minutes that there are.")
    group, role = log.target("LogGroupName"), log.target("DeliverLogsPermissionArn")
    if group.type != "AWS::Logs::LogGroup":
        yield Finding(log, "writes to no log group of these templates.")
        return
    given = permissions(deployment, role)
    lacking = [action for action in ACTIONS if not allowed(given, action, arn(deployment, group))]
    lacking += [] if allowed(given, "logs:DescribeLogGroups", "*") else ["logs:DescribeLogGroups"]
    if lacking:
        yield Finding(role, f"lacks {', '.join(lacking)} on {group.label}.")
