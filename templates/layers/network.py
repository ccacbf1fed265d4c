"""The network: a VPC without any way to the Internet, three tiers of private subnets, and the security groups."""

from typing import Any

import awacs.logs
from troposphere import GetAtt, Ref, Sub
from troposphere.ec2 import VPC, FlowLog, RouteTable, SecurityGroup, SecurityGroupEgress, SecurityGroupIngress, Subnet
from troposphere.ec2 import SubnetRouteTableAssociation as Association
from troposphere.logs import LogGroup

from facts.endpoints import GATEWAYS
from templates import addresses, policies
from templates.flows import S3, flows, groups
from templates.layer import Layer, title
from templates.regions import S3_PREFIX_LIST
from templates.roles import role
from templates.settings import Environment

TIERS = {
    "ingress": "balancers",
    "service": "tasks and endpoints",
    "data": "the database",
}


def network(environment: Environment) -> Layer:
    """VPC, subnets, route tables, flow logs and security groups."""
    layer = Layer("network", environment, "a VPC without any way to the Internet")
    vpc = layer.add(
        VPC(
            "Vpc",
            CidrBlock=environment.network.cidr,
            # The private DNS names of endpoints and balancers need both.
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            Tags=layer.name_tag("vpc"),
        ),
        "The private network",
    )
    layer.provides("VpcId", Ref(vpc), "The VPC")
    _subnets(layer, vpc)
    _flow_logs(layer, vpc)
    _security_groups(layer, vpc)
    return layer


def _subnets(layer: Layer, vpc: VPC) -> None:
    network = layer.environment.network
    for tier, blocks in addresses.subnets(network.cidr, network.zones).items():
        # Local routes only: there is no gateway to route to.
        table = layer.add(
            RouteTable(f"{tier.capitalize()}RouteTable", VpcId=Ref(vpc), Tags=layer.name_tag(tier)),
            f"Routes of the {tier} tier, inside the VPC alone",
        )
        subnets = []
        for zone, block in zip(network.zones, blocks, strict=True):
            letter = zone[-1].upper()
            subnet = layer.add(
                Subnet(
                    f"{tier.capitalize()}Subnet{letter}",
                    VpcId=Ref(vpc),
                    # Named, not chosen by CloudFormation: not every zone has Fargate and VPC link v2.
                    AvailabilityZone=Sub(f"${{AWS::Region}}{zone[-1]}"),
                    CidrBlock=str(block),
                    MapPublicIpOnLaunch=False,
                    Tags=layer.name_tag(f"{tier}-{zone}"),
                ),
                f"Private subnet for {TIERS[tier]}, in {zone}",
            )
            layer.add(
                Association(f"{tier.capitalize()}Routes{letter}", SubnetId=Ref(subnet), RouteTableId=Ref(table)),
                f"The {tier} tier's routes, in {zone}",
            )
            subnets.append(Ref(subnet))
        layer.provides(f"{tier.capitalize()}SubnetIds", subnets, f"The subnets of the {tier} tier, one a zone", optional=True)
        if tier == "service":
            layer.provides("ServiceRouteTableId", Ref(table), "The service tier's route table, for the S3 endpoint")


def _flow_logs(layer: Layer, vpc: VPC) -> None:
    group = layer.add(LogGroup("FlowLogGroup", RetentionInDays=layer.environment.log_days), "Where the flow logs go")
    flow_log_role = role(
        layer,
        "FlowLogRole",
        "Lets the VPC write its flow logs",
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        policies.trust("vpc-flow-logs.amazonaws.com", source=policies.arn("ec2", "vpc-flow-log/*")),
        policies.allow([awacs.logs.CreateLogStream, awacs.logs.PutLogEvents, awacs.logs.DescribeLogStreams], [GetAtt(group, "Arn")]),
        # This action takes no resource but every group.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
        policies.allow([awacs.logs.DescribeLogGroups], ["*"]),
    )
    layer.add(
        FlowLog(
            "FlowLog",
            ResourceType="VPC",
            ResourceId=Ref(vpc),
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=Ref(group),
            DeliverLogsPermissionArn=GetAtt(flow_log_role, "Arn"),
            MaxAggregationInterval=600,
        ),
        "A record of who talked to whom",
    )


def _security_groups(layer: Layer, vpc: VPC) -> None:
    environment = layer.environment
    security_groups = {}
    for name in groups(environment):
        security_groups[name] = layer.add(
            SecurityGroup(
                f"{title(name)}SecurityGroup",
                # It can never change: another description is another group.
                GroupDescription=f"What connects as {name.replace('_', ' ')}, by the table of flows",
                VpcId=Ref(vpc),
                # Without a rule of its own a group lets everything out; this one goes nowhere.
                # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html
                SecurityGroupEgress=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "127.0.0.1/32", "Description": "Closed"}],
                Tags=layer.name_tag(name.replace("_", "-")),
            ),
            f"The security group of {name.replace('_', ' ')}",
        )
        layer.provides(f"{title(name)}SecurityGroupId", GetAtt(security_groups[name], "GroupId"), f"The security group {name}")
    seen: set[tuple[str, str]] = set()
    for source, target, port, why in flows(environment):
        rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "Description": f"{source} to {target}: {why}"}
        group_id = GetAtt(security_groups[source], "GroupId")
        way = f"{title(source)}To{title(target)}"
        if (source, target) in seen:
            # The first flow of a pair keeps its name when another port joins it.
            way += str(port)
        seen.add((source, target))
        if target in GATEWAYS:
            known = S3_PREFIX_LIST.get(environment.region) if target == S3 else None
            prefix_list = known or layer.needs(f"{title(target)}PrefixListId")
            egress = SecurityGroupEgress(way, GroupId=group_id, DestinationPrefixListId=prefix_list, **rule)
            layer.add(egress, f"{source} may call {GATEWAYS[target]}: {why}")
            continue
        target_id = GetAtt(security_groups[target], "GroupId")
        layer.add(
            SecurityGroupEgress(f"{way}Egress", GroupId=group_id, DestinationSecurityGroupId=target_id, **rule),
            f"{source} may call {target}: {why}",
        )
        layer.add(
            SecurityGroupIngress(f"{way}Ingress", GroupId=target_id, SourceSecurityGroupId=group_id, **rule),
            f"{target} answers {source}: {why}",
        )
