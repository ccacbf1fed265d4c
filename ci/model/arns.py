"""The names and ARNs that AWS will give to the resources, as far as they can be known: a star for the rest."""

from typing import Any

from ci.model.deployment import Deployment, Resource
from ci.model.values import Missing, Reference, Text
from templates import names
from templates.settings import Environment

# For each type: what its Ref is, and its ARN. {name} is its own name, or what CloudFormation makes of the stack's and its logical id.
ACCOUNT = "${AWS::AccountId}"
ARNS = {
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::Cognito::UserPool": "arn:aws:cognito-idp:{region}:{account}:userpool/*",
    "AWS::ECR::Repository": "arn:aws:ecr:{region}:{account}:repository/{name}",
    "AWS::ECS::Cluster": "arn:aws:ecs:{region}:{account}:cluster/{name}",
    "AWS::ECS::Service": "arn:aws:ecs:{region}:{account}:service/{name}",
    "AWS::ECS::TaskDefinition": "arn:aws:ecs:{region}:{account}:task-definition/{name}",
    "AWS::ElasticLoadBalancingV2::Listener": "arn:aws:elasticloadbalancing:{region}:{account}:listener/*",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/*",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/*",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/*",
    "AWS::Events::Rule": "arn:aws:events:{region}:{account}:rule/{name}",
    "AWS::IAM::InstanceProfile": "arn:aws:iam::{account}:instance-profile/{name}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::{account}:policy/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/*",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::RDS::DBInstance": "arn:aws:rds:{region}:{account}:db:{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
}
# Where Ref is the ARN, not a name.
REF_IS_ARN = {
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::ManagedPolicy",
    "AWS::SNS::Topic",
}
# The property that gives a resource a name of its own.
NAMES = {
    "AWS::ApiGateway::ApiKey": "Name",
    "AWS::ApplicationAutoScaling::ScalableTarget": "ScalableTargetName",
    "AWS::Budgets::Budget": "BudgetName",
    "AWS::Chatbot::SlackChannelConfiguration": "ConfigurationName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::Cognito::UserPoolClient": "ClientName",
    "AWS::Cognito::UserPoolDomain": "Domain",
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::Service": "ServiceName",
    "AWS::ECS::TaskDefinition": "Family",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::RDS::DBParameterGroup": "DBParameterGroupName",
    "AWS::RDS::DBSubnetGroup": "DBSubnetGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::WAFv2::WebACL": "Name",
}


def name(deployment: Deployment, resource: Resource) -> str:
    """The resource's name: its own, or the one that CloudFormation makes."""
    own = resource.get(NAMES.get(resource.type, ""))
    made = f"{deployment.stack_name(resource.template)}-{resource.logical_id}-*"
    if own is None:
        return made.lower() if resource.type == "AWS::S3::Bucket" else made
    return written(deployment, own)


def filled(environment: Environment, pattern: str) -> str:
    """The ARN for a pattern without "arn:aws:", in which {region}, {account}, {stack} and {bootstrap} are this environment's."""
    if pattern == "*":
        return pattern
    stacks = {"stack": names.stack(environment), "bootstrap": names.bootstrap_stack(environment)}
    return "arn:aws:" + pattern.format(region=environment.region, account=ACCOUNT, **stacks)


def image_repository(environment: Environment) -> str:
    """Where the service's images come from."""
    own = filled(environment, "ecr:{region}:{account}:repository/")
    return environment.service.image_repository_arn or f"{own}{names.repository(environment)}"


def arn(deployment: Deployment, resource: Resource) -> str:
    """The resource's ARN; raises Missing for a type whose ARN is not in the table."""
    if resource.type not in ARNS:
        raise Missing(resource, f"is a {resource.type}, whose ARN verify cannot write; add it to ci/model/arns.py.")
    return ARNS[resource.type].format(region=deployment.environment.region, account=ACCOUNT, name=name(deployment, resource))


def written(deployment: Deployment, value: Any) -> str:
    """A value as text, its references written out."""
    if isinstance(value, Text):
        return "".join(written(deployment, part) for part in value.parts)
    if not isinstance(value, Reference):
        return str(value).lower() if isinstance(value, bool) else str(value)
    resource, attribute = value.resource, value.attribute
    if attribute == "MasterUserSecret.SecretArn":
        return f"arn:aws:secretsmanager:{deployment.environment.region}:{ACCOUNT}:secret:rds!db-*"
    if attribute.endswith("Arn") or (attribute == "Ref" and resource.type in REF_IS_ARN):
        return arn(deployment, resource)
    return name(deployment, resource) if attribute in ("Ref", "Name") else "*"
