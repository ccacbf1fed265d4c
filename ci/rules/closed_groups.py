"""A security group lets nothing out but its flows: each closes the rule that AWS would add.

A group without an egress rule of its own gets one that lets everything out.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html"
REMEDY = "Give the group the closed rule, to port 1 of 127.0.0.1/32."

CLOSED = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "127.0.0.1/32"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Each group stands in the VPC, is used, and has the closed rule."""
    vpc = deployment.only("AWS::EC2::VPC")
    for group in deployment.of("AWS::EC2::SecurityGroup"):
        rules = group.get("SecurityGroupEgress", default=[])
        if [{name: value for name, value in rule.items() if name != "Description"} for rule in rules] != [CLOSED]:
            yield Finding(
                group, "does not have the one egress rule that leads nowhere, so that AWS lets everything out, or it leads somewhere."
            )
        if group.target("VpcId") is not vpc:
            yield Finding(group, "is not in the VPC.")
