"""A reference leads to the kind of resource that its property takes, by the attribute that it takes.

Across stacks nothing else sees that a subnet's id arrives where a security group's is asked for.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference, Resource
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html"
REMEDY = "Refer to the right resource, or need the right name."

BALANCING = "AWS::ElasticLoadBalancingV2"
GROUP = ("AWS::EC2::SecurityGroup", "GroupId")
ROLE = ("AWS::IAM::Role", "Arn")
SUBNET = ("AWS::EC2::Subnet", "Ref")
TARGETS = (f"{BALANCING}::TargetGroup", "Ref")
KINDS = {
    "AlternateTargetGroupArn": TARGETS,
    "AuthorizerId": ("AWS::ApiGateway::Authorizer", "Ref"),
    "CloudWatchRoleArn": ROLE,
    "Cluster": ("AWS::ECS::Cluster", "Ref"),
    "DBParameterGroupName": ("AWS::RDS::DBParameterGroup", "Ref"),
    "DBSubnetGroupName": ("AWS::RDS::DBSubnetGroup", "Ref"),
    "DeliverLogsPermissionArn": ROLE,
    "DeploymentId": ("AWS::ApiGateway::Deployment", "Ref"),
    "DestinationSecurityGroupId": GROUP,
    "ExecutionRoleArn": ROLE,
    "GroupId": GROUP,
    "IamInstanceProfile": ("AWS::IAM::InstanceProfile", "Ref"),
    "IamRoleArn": ROLE,
    "KeyId": ("AWS::ApiGateway::ApiKey", "Ref"),
    "KmsMasterKeyId": ("AWS::KMS::Key", "Ref"),
    "ListenerArn": (f"{BALANCING}::Listener", "Ref"),
    "LoadBalancerArn": (f"{BALANCING}::LoadBalancer", "Ref"),
    "LogGroupName": ("AWS::Logs::LogGroup", "Ref"),
    "ProductionListenerRule": (f"{BALANCING}::ListenerRule", "Ref"),
    "RestApiId": ("AWS::ApiGateway::RestApi", "Ref"),
    "RoleArn": ROLE,
    "Roles": ("AWS::IAM::Role", "Ref"),
    "RouteTableId": ("AWS::EC2::RouteTable", "Ref"),
    "RouteTableIds": ("AWS::EC2::RouteTable", "Ref"),
    "ScalingTargetId": ("AWS::ApplicationAutoScaling::ScalableTarget", "Ref"),
    "SecurityGroupIds": GROUP,
    "SecurityGroups": GROUP,
    "SnsTopicArn": ("AWS::SNS::Topic", "Ref"),
    "SnsTopicArns": ("AWS::SNS::Topic", "Ref"),
    "SourceSecurityGroupId": GROUP,
    "SubnetId": SUBNET,
    "SubnetIds": SUBNET,
    "Subnets": SUBNET,
    "TargetArns": (f"{BALANCING}::LoadBalancer", "Ref"),
    "TargetGroupArn": TARGETS,
    "TaskDefinition": ("AWS::ECS::TaskDefinition", "Ref"),
    "TaskRoleArn": ROLE,
    "TopicArn": ("AWS::SNS::Topic", "Ref"),
    "Topics": ("AWS::SNS::Topic", "Ref"),
    "UserPoolId": ("AWS::Cognito::UserPool", "Ref"),
    "VPCSecurityGroups": GROUP,
    "VpcId": ("AWS::EC2::VPC", "Ref"),
    "awslogs-group": ("AWS::Logs::LogGroup", "Ref"),
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at every property of these names."""
    for resource in deployment:
        if resource.type != "AWS::CloudFormation::Stack":
            yield from _below(resource, resource.properties)


def _below(resource: Resource, value: Any) -> Iterator[Finding]:
    if isinstance(value, list):
        for item in value:
            yield from _below(resource, item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name in KINDS:
                kind, attribute = KINDS[name]
                for item in inner if isinstance(inner, list) else [inner]:
                    if isinstance(item, Reference) and (item.resource.type, item.attribute) != (kind, attribute):
                        yield Finding(resource, f"has {item} for {name}, which takes the {attribute} of a {kind}.")
            yield from _below(resource, inner)
