"""A task: an init container that migrates the database, then the app, with the roles of both."""

from typing import Any

import awacs.ecr
import awacs.ecs
import awacs.logs
import awacs.s3
import awacs.secretsmanager
import awacs.ssmmessages
from awacs.aws import PolicyDocument
from troposphere import GetAtt, Ref, Sub
from troposphere.ecs import (
    ContainerDefinition,
    ContainerDependency,
    HealthCheck,
    KernelCapabilities,
    LinuxParameters,
    LogConfiguration,
    MountPoint,
    PortMapping,
    RuntimePlatform,
    TaskDefinition,
    Volume,
)
from troposphere.ecs import (
    Environment as Variable,
)
from troposphere.iam import Role

from templates import fargate, names, policies, timeouts
from templates.layer import Layer
from templates.regions import WITH_ECS_ENDPOINTS
from templates.roles import role
from templates.settings import Environment

APP = "app"
MIGRATE = "migrate"

# Where something may write; the root is read-only.
WRITABLE = {"tmp": "/tmp"}  # noqa: S108 the mount of a volume of its own
# AWS supports no shell under a read-only root; with these mounts others have one. https://github.com/aws/containers-roadmap/issues/1359
WRITABLE_FOR_EXEC = {"managed-agents": "/managed-agents", "ssm-state": "/var/lib/amazon/ssm", "ssm-log": "/var/log/amazon/ssm"}

PULL = [awacs.ecr.BatchCheckLayerAvailability, awacs.ecr.BatchGetImage, awacs.ecr.GetDownloadUrlForLayer]
EXEC = [
    awacs.ssmmessages.CreateControlChannel,
    awacs.ssmmessages.CreateDataChannel,
    awacs.ssmmessages.OpenControlChannel,
    awacs.ssmmessages.OpenDataChannel,
]
# What the agent beside a task calls, as the account that runs Fargate.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEC2ContainerServiceforEC2Role.html
AGENT = [
    awacs.ecs.DeregisterContainerInstance,
    awacs.ecs.DiscoverPollEndpoint,
    awacs.ecs.Poll,
    awacs.ecs.RegisterContainerInstance,
    awacs.ecs.StartTelemetrySession,
    awacs.ecs.SubmitAttachmentStateChanges,
    awacs.ecs.SubmitContainerStateChange,
    awacs.ecs.SubmitTaskStateChange,
    awacs.ecs.UpdateContainerInstancesState,
]
WRITE_LOGS = [awacs.logs.CreateLogStream, awacs.logs.PutLogEvents]


def task_definition(layer: Layer) -> TaskDefinition:
    """Add the task definition and its two roles."""
    environment = layer.environment
    settings = environment.service
    volumes = WRITABLE | (WRITABLE_FOR_EXEC if settings.exec else {})
    return layer.add(
        TaskDefinition(
            "TaskDefinition",
            Cpu=str(settings.cpu),
            Memory=str(settings.memory),
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            RuntimePlatform=RuntimePlatform(CpuArchitecture=settings.architecture, OperatingSystemFamily="LINUX"),
            ExecutionRoleArn=GetAtt(_execution_role(layer), "Arn"),
            TaskRoleArn=GetAtt(_task_role(layer), "Arn"),
            Volumes=[Volume(Name=name) for name in volumes],
            ContainerDefinitions=[_migrate_container(layer), _app_container(layer, volumes)],
        ),
        "A task: migrates the database, then answers requests",
    )


def _container(layer: Layer, name: str, volumes: dict[str, str], **properties: Any) -> ContainerDefinition:
    return ContainerDefinition(
        Name=name,
        Image=Sub(
            "${account}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${repository}@${digest}",
            {**_repository(layer.environment), "digest": layer.needs("ImageDigest")},
        ),
        Environment=[Variable(Name=key, Value=value) for key, value in sorted(_variables(layer).items())],
        ReadonlyRootFilesystem=True,
        MountPoints=[MountPoint(SourceVolume=volume, ContainerPath=path) for volume, path in volumes.items()],
        LinuxParameters=_linux(layer.environment),
        LogConfiguration=LogConfiguration(
            LogDriver="awslogs",
            Options={
                "awslogs-group": Ref(f"{name.capitalize()}LogGroup"),
                "awslogs-region": Ref("AWS::Region"),
                "awslogs-stream-prefix": name,
                # A slow CloudWatch must not stop the service.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        ),
        **properties,
    )


def _linux(environment: Environment) -> LinuxParameters:
    parameters = LinuxParameters(InitProcessEnabled=True)
    if not environment.service.exec:
        # The agent of ECS Exec runs in the container, and which of them it needs is not documented.
        # https://github.com/aws/containers-roadmap/issues/1360
        parameters.Capabilities = KernelCapabilities(Drop=["ALL"])
    return parameters


def _migrate_container(layer: Layer) -> ContainerDefinition:
    return _container(
        layer,
        MIGRATE,
        WRITABLE,
        Essential=False,
        # It has time limits of its own; StartTimeout would end it after 120 s at most.
        Command=["python", "books_api/manage.py", "migrate_safely"],
    )


def _app_container(layer: Layer, volumes: dict[str, str]) -> ContainerDefinition:
    return _container(
        layer,
        APP,
        volumes,
        Essential=True,
        DependsOn=[ContainerDependency(ContainerName=MIGRATE, Condition="SUCCESS")],
        PortMappings=[PortMapping(ContainerPort=layer.environment.container_port, Protocol="tcp")],
        HealthCheck=HealthCheck(
            Command=["CMD", "python", "-m", "books_api.healthcheck"], Interval=10, Timeout=5, Retries=3, StartPeriod=30
        ),
        StopTimeout=timeouts.STOP,
    )


def _variables(layer: Layer) -> dict[str, object]:
    environment = layer.environment
    variables = {
        "ALLOWED_HOSTS": layer.needs("EntranceHost"),
        "DATABASE_HOST": layer.needs("DatabaseHost"),
        "DATABASE_NAME": names.DATABASE,
        "DATABASE_PORT": str(names.DATABASE_PORT),
        "DATABASE_SECRET_ARN": layer.needs("DatabaseSecretArn"),
        "ENVIRONMENT": environment.name,
        "LOG_LEVEL": environment.service.log_level,
        "PORT": str(environment.container_port),
        "TLS": "on" if environment.end_to_end else "off",
        "WEB_CONCURRENCY": str(fargate.workers(environment.service.cpu)),
        "WEB_THREADS": str(fargate.THREADS),
    }
    if environment.api.cors_origins:
        variables["CORS_ALLOWED_ORIGINS"] = ",".join(environment.api.cors_origins)
    return variables


def _repository(environment: Environment) -> dict[str, Any]:
    """Account and name of the repository that the image comes from."""
    if environment.service.image_repository_arn:
        account, resource = environment.service.image_repository_arn.split(":")[4:]
        return {"account": account, "repository": resource.removeprefix("repository/")}
    return {"account": policies.ACCOUNT, "repository": names.repository(environment)}


def _repository_arn(environment: Environment) -> object:
    return environment.service.image_repository_arn or policies.arn("ecr", f"repository/{names.repository(environment)}")


def _execution_role(layer: Layer) -> Role:
    """What Fargate does for a task before it starts: pull its image, open its logs."""
    repository = _repository_arn(layer.environment)
    own_logs = policies.arn("logs", f"log-group:{names.stack(layer.environment)}-*")
    # Both endpoints of ECR check the same actions. https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    for endpoint in ("ecr.api", "ecr.dkr"):
        layer.calls_aws(endpoint, [awacs.ecr.GetAuthorizationToken], ["*"])
        layer.calls_aws(endpoint, PULL, [repository])
    layer.calls_aws("logs", WRITE_LOGS, [own_logs])
    # ECR hands out links to its layers that it signed itself, so no condition on the account would let them through.
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
    layers = Sub("arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*")
    layer.calls_aws("s3", [awacs.s3.GetObject], [layers], signed_by_aws=True)
    if layer.environment.region in WITH_ECS_ENDPOINTS:
        for endpoint in ("ecs", "ecs-agent", "ecs-telemetry"):
            layer.calls_aws(endpoint, AGENT, ["*"], signed_by_aws=True)
    return role(
        layer,
        "ExecutionRole",
        "What Fargate may do to start a task: pull its image, open its logs",
        _trust(),
        # This action takes no resource.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        policies.allow([awacs.ecr.GetAuthorizationToken], ["*"]),
        policies.allow(PULL, [repository]),
        policies.allow(WRITE_LOGS, [GetAtt(group, "Arn") for group in ("AppLogGroup", "MigrateLogGroup")]),
    )


def _task_role(layer: Layer) -> Role:
    """What the service itself may do: read the database's secret."""
    read = [awacs.secretsmanager.GetSecretValue]
    layer.calls_aws("secretsmanager", read, [policies.arn("secretsmanager", "secret:rds!db-*")])
    statements = [policies.allow(read, [layer.needs("DatabaseSecretArn")]), policies.decrypt_secrets()]
    if layer.environment.service.exec:
        layer.calls_aws("ssmmessages", EXEC, ["*"])
        # These actions have no resource. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#ecs-exec-required-iam-permissions
        statements.append(policies.allow(EXEC, ["*"]))
    return role(layer, "TaskRole", "What the service may do: read the database's secret", _trust(), *statements)


def _trust() -> PolicyDocument:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role
    return policies.trust("ecs-tasks.amazonaws.com", source=policies.arn("ecs", "*"))
