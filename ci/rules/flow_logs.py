"""The VPC writes down who talked to whom: all of it, to a group of ours.

After an incident it is the one record of what left the network, or tried to.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"
REMEDY = "Leave flow logs to templates/layers/network.py."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the flow log of the VPC, and at its group."""
    log, vpc = deployment.only("AWS::EC2::FlowLog"), deployment.only("AWS::EC2::VPC")
    if (log.get("ResourceType"), log.get("ResourceId"), log.get("TrafficType")) != ("VPC", Reference(vpc), "ALL"):
        yield Finding(log, "does not record all traffic of the VPC.")
    if log.get("LogDestinationType", default="cloud-watch-logs") != "cloud-watch-logs":
        yield Finding(log, "does not write to CloudWatch Logs.")
    if log.get("MaxAggregationInterval", default=600) not in (60, 600):
        yield Finding(log, "collects for another time than the one or ten minutes that there are.")
    if log.target("LogGroupName").type != "AWS::Logs::LogGroup":
        yield Finding(log, "writes to no log group of these templates.")
