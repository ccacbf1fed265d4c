"""A security group lets nothing out but its flows: each closes the rule that AWS would add.

A group without an egress rule of its own gets one that lets everything out.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html"
REMEDY = "Give the group the closed rule, to port 1 of 127.0.0.1/32."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Each group stands in the VPC, is used, and has the closed rule."""
    vpc = deployment.only("AWS::EC2::VPC")
    for group in deployment.of("AWS::EC2::SecurityGroup"):
        if not group.get("SecurityGroupEgress"):
            yield Finding(group, "has no egress rule of its own, so that AWS lets everything out.")
        if group.target("VpcId") is not vpc:
            yield Finding(group, "is not in the VPC.")
