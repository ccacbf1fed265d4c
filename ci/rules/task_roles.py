"""A task's roles allow what the task does, on its own resources: pull its image, open its logs, read its secret, and no more.

What they lack stops the task at its start; what they have too much is an intruder's.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.arns import ACCOUNT, arn, written
from ci.model.identity import allowed, permissions
from ci.rules import Finding
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"
REMEDY = "Correct the roles in templates/service/."

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
SESSIONS = tuple(f"ssmmessages:{verb}{channel}" for verb in ("Create", "Open") for channel in ("ControlChannel", "DataChannel"))


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what the roles allow with what a task calls."""
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        yield from _compare(deployment, definition.target("ExecutionRoleArn"), _starting(deployment, definition))
        yield from _compare(deployment, definition.target("TaskRoleArn"), _running(deployment))
    for instance in deployment.of("AWS::EC2::Instance"):
        role = instance.target("IamInstanceProfile").target("Roles", 0)
        yield from _compare(deployment, role, {("ssm:UpdateInstanceInformation", "*"), *((action, "*") for action in SESSIONS)})


def _starting(deployment: Deployment, definition: Resource) -> set[tuple[str, str]]:
    environment = deployment.environment
    own = f"arn:aws:ecr:{environment.region}:{ACCOUNT}:repository/{names.repository(environment)}"
    needed = {("ecr:GetAuthorizationToken", "*")} | {(action, environment.service.image_repository_arn or own) for action in PULL}
    for container in definition.need("ContainerDefinitions"):
        group = container.get("LogConfiguration", {}).get("Options", {}).get("awslogs-group")
        if isinstance(group, Reference) and group.resource.type == "AWS::Logs::LogGroup":
            needed |= {(action, arn(deployment, group.resource)) for action in WRITE_LOGS}
    return needed


def _running(deployment: Deployment) -> set[tuple[str, str]]:
    secret = Reference(deployment.only("AWS::RDS::DBInstance"), "MasterUserSecret.SecretArn")
    needed = {("secretsmanager:GetSecretValue", written(deployment, secret))}
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    needed |= {("kms:Decrypt", f"arn:aws:kms:{deployment.environment.region}:{ACCOUNT}:key/*")}
    if deployment.environment.service.exec:
        needed |= {(action, "*") for action in SESSIONS}
    return needed


def _compare(deployment: Deployment, role: Resource, needed: set[tuple[str, str]]) -> Iterator[Finding]:
    given = permissions(deployment, role)
    for action, resource in sorted(needed):
        if not allowed(given, action, resource):
            yield Finding(role, f"lacks {action} on {resource}.")
    has = {(action, resource) for statement in given for action in statement.actions for resource in statement.resources}
    for action, resource in sorted(has - needed):
        yield Finding(role, f"is allowed {action} on {resource}, which no task needs.")
    if any(statement.effect != "Allow" for statement in given):
        yield Finding(role, "denies something.")
