"""Each role allows what whoever takes it on calls, on the resources that are meant, and nothing else.

What it lacks fails when it is called; what it has too much is an intruder's.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.arns import arn, filled, image_repository, written
from ci.model.deploying import execution_role
from ci.model.identity import differences, permissions, trust
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-ecs-iam-role-overview.html"
REMEDY = "Correct the role in its layer, templates/."

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
SESSIONS = {(f"ssmmessages:{verb}{channel}", "*") for verb in ("Create", "Open") for channel in ("ControlChannel", "DataChannel")}
# What ECS does to the rule, its listener and the groups while it moves traffic, and what it reads.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
MOVES = {
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("ModifyRule",),
    "AWS::ElasticLoadBalancingV2::Listener": ("ModifyListener",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("RegisterTargets", "DeregisterTargets"),
}
READS = ("DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth")
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAPIGatewayPushToCloudWatchLogs.html
GATEWAY = (
    *("CreateLogGroup", "CreateLogStream", "DescribeLogGroups", "DescribeLogStreams"),
    *("PutLogEvents", "GetLogEvents", "FilterLogEvents"),
)

Grants = set[tuple[str, str]]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each role but those that deploy, which have rules of their own; one that nobody takes on needs nothing."""
    needed = dict(_needed(deployment))
    for role in deployment.of("AWS::IAM::Role"):
        deploys = role is execution_role(deployment) or any("Federated" in given.principals for given in trust(deployment, role))
        if not deploys:
            yield from (Finding(role, end) for end in differences(permissions(deployment, role), needed.get(role, set())))


def _needed(deployment: Deployment) -> Iterator[tuple[Resource, Grants]]:
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        yield definition.target("ExecutionRoleArn"), _starting(deployment, definition)
        yield definition.target("TaskRoleArn"), _running(deployment)
    for instance in deployment.of("AWS::EC2::Instance"):
        yield instance.target("IamInstanceProfile").target("Roles", 0), {("ssm:UpdateInstanceInformation", "*"), *SESSIONS}
    for service in deployment.of("AWS::ECS::Service"):
        if service.get("LoadBalancers", 0, "AdvancedConfiguration"):
            yield service.target("LoadBalancers", 0, "AdvancedConfiguration", "RoleArn"), _moving(deployment, service)
    for log in deployment.of("AWS::EC2::FlowLog"):
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        group = arn(deployment, log.target("LogGroupName"))
        writes = {(action, group) for action in (*WRITE_LOGS, "logs:DescribeLogStreams")}
        yield log.target("DeliverLogsPermissionArn"), {("logs:DescribeLogGroups", "*"), *writes}
    for account in deployment.of("AWS::ApiGateway::Account"):
        yield account.target("CloudWatchRoleArn"), {(f"logs:{action}", "*") for action in GATEWAY}


def _starting(deployment: Deployment, definition: Resource) -> Grants:
    """What Fargate does for a task before it starts: pull its image, open its logs."""
    needed = {("ecr:GetAuthorizationToken", "*")} | {(action, image_repository(deployment.environment)) for action in PULL}
    for container in definition.need("ContainerDefinitions"):
        group = container.get("LogConfiguration", {}).get("Options", {}).get("awslogs-group")
        if isinstance(group, Reference) and group.resource.type == "AWS::Logs::LogGroup":
            needed |= {(action, arn(deployment, group.resource)) for action in WRITE_LOGS}
    return needed


def _running(deployment: Deployment) -> Grants:
    """What the service calls: its secret."""
    secret = Reference(deployment.only("AWS::RDS::DBInstance"), "MasterUserSecret.SecretArn")
    needed = {("secretsmanager:GetSecretValue", written(deployment, secret))}
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    needed |= {("kms:Decrypt", filled(deployment.environment, "kms:{region}:{account}:key/*"))}
    return needed | SESSIONS if deployment.environment.service.exec else needed


def _moving(deployment: Deployment, service: Resource) -> Grants:
    """What ECS does to move traffic from one version to the other."""
    rule = service.target("LoadBalancers", 0, "AdvancedConfiguration", "ProductionListenerRule")
    following = service.target("LoadBalancers", 0, "AdvancedConfiguration", "AlternateTargetGroupArn")
    moved = (rule, rule.target("ListenerArn"), service.target("LoadBalancers", 0, "TargetGroupArn"), following)
    needed = {(f"elasticloadbalancing:{action}", arn(deployment, each)) for each in moved for action in MOVES[each.type]}
    return needed | {(f"elasticloadbalancing:{action}", "*") for action in READS}
