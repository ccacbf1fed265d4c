"""What identifies, names and limits a type: by its schema and by botocore."""

import re
from collections.abc import Iterator
from functools import cache

from botocore.session import get_session

from ci.references import registered, schema
from facts.kinds import Facts

# Ref is a name though the identifier is an ARN.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html#aws-resource-events-rule-return-values
REF_IS_NAME = {"AWS::Events::Rule"}
BOTOCORE = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm", "AlarmName"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch", "PutDashboard", "DashboardName"),
    "AWS::Cognito::UserPoolDomain": ("cognito-idp", "CreateUserPoolDomain", "Domain"),
    "AWS::EC2::SecurityGroup": ("ec2", "CreateSecurityGroup", "GroupName"),
    "AWS::ECS::Cluster": ("ecs", "CreateCluster", "clusterName"),
    "AWS::ECS::Service": ("ecs", "CreateService", "serviceName"),
    "AWS::ECS::TaskDefinition": ("ecs", "RegisterTaskDefinition", "family"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elbv2", "CreateLoadBalancer", "Name"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("elbv2", "CreateTargetGroup", "Name"),
    "AWS::IAM::ManagedPolicy": ("iam", "CreatePolicy", "PolicyName"),
    "AWS::RDS::DBInstance": ("rds", "CreateDBInstance", "DBInstanceIdentifier"),
    "AWS::RDS::DBParameterGroup": ("rds", "CreateDBParameterGroup", "DBParameterGroupName"),
    "AWS::RDS::DBSubnetGroup": ("rds", "CreateDBSubnetGroup", "DBSubnetGroupName"),
}


def reference(known: Facts) -> Iterator[str]:
    """Whether Ref is an ARN, and which attributes there are."""
    found = schema(known.type)
    identifier, read_only = found["identifier"], found["read_only"]
    of_aws = [path for path in identifier if path in read_only and re.search(r"(Arn|^StackId)$", path)]
    # Of what is called Id, the schema does not say whether it is an ARN.
    if known.arns and identifier != ["Id"] and known.ref_is_arn != (bool(of_aws) and known.type not in REF_IS_NAME):
        yield f"ref_is_arn: the identifier is {identifier}"
    attributes = {*read_only, "Ref", *registered(known.type).get("properties", {})}
    named = {attribute for metrics in known.metrics for attribute in metrics.dimensions.values() if not attribute.startswith(".")}
    named = {re.sub(r".*\{(.*)\}.*", r"\1", attribute) for attribute in named}
    yield from (f"metrics: it has no attribute {each}" for each in sorted(named - attributes))
    yield from (f"attribute_arns: it has no attribute {each}" for each in known.attribute_arns if each not in read_only)


def names(known: Facts) -> Iterator[str]:
    """What names a resource, how long that may be, as the schema has it."""
    found = schema(known.type)
    identifier = found["identifier"]
    own = all(path not in found["read_only"] for path in identifier)
    if own and len(identifier) == 1 and known.name and known.name.property != identifier[0]:
        yield f"name: {identifier[0]} identifies it"
    longest = known.name.longest if known.name else None
    most = found["longest"].get(known.name.property) if known.name else None
    if longest and most and longest > most:
        yield f"name: it has at most {most} characters"
    if known.type in BOTOCORE and longest not in _numbers(*BOTOCORE[known.type]):
        yield f"name: botocore knows no limit of {longest} characters"


@cache
def _numbers(service: str, operation: str, member: str) -> set[int]:
    shape = get_session().get_service_model(service).operation_model(operation).input_shape.members[member]
    return {int(number) for number in re.findall(r"\d+", f"{shape.documentation} {shape.metadata.get('max', '')}")}


def ports(known: Facts) -> Iterator[str]:
    """Ports of which botocore, or everybody, knows better."""
    for answers in known.answers:
        if known.type == "AWS::RDS::DBInstance":
            words = get_session().get_service_model("rds").operation_model("CreateDBInstance").input_shape.members["Port"].documentation
            if re.search(rf"PostgreSQL - <code>{answers.default_port}<", words) is None:
                yield "answers: botocore knows another port of PostgreSQL"
        elif isinstance(answers.port, int) and answers.port != 443 and known.type.startswith(("AWS::ApiGateway", "AWS::EC2")):
            yield "answers: HTTPS has the port 443"
