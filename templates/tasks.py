"""Fargate tasks of the service's own image: containers, roles, logs, and what the application is told and may call.

The service runs such a task behind the load balancer; a worker or a scheduled task is another layer with another command.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import awacs.ecr
import awacs.ecs
import awacs.logs
import awacs.s3
import awacs.ssmmessages
from awacs.aws import PolicyDocument, Statement
from troposphere import GetAtt, Ref, Sub
from troposphere.ecs import (
    ContainerDefinition,
    KernelCapabilities,
    LinuxParameters,
    LogConfiguration,
    MountPoint,
    RuntimePlatform,
    TaskDefinition,
    Volume,
)
from troposphere.ecs import (
    Environment as Variable,
)
from troposphere.iam import Role
from troposphere.logs import LogGroup

from templates import fargate, names, policies
from templates.encoding import encode
from templates.errors import WiringError
from templates.layer import Layer, Permit, Told
from templates.regions import WITH_ECS_ENDPOINTS
from templates.roles import role
from templates.settings import Environment

# AWS supports no shell under a read-only root; with these mounts others have one. https://github.com/aws/containers-roadmap/issues/1359
WRITABLE_FOR_EXEC = ("/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm")

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


class Application(NamedTuple):
    """What the other layers give to the application: variables, and what its code may call."""

    told: Mapping[str, tuple[Layer, Told]]
    permits: Sequence[tuple[Layer, Permit]]


def application(layers: Iterable[Layer]) -> Application:
    """Collect what these layers tell and permit; raises WiringError where two tell the same variable."""
    told: dict[str, tuple[Layer, Told]] = {}
    permits = []
    for layer in layers:
        for name, each in layer.told.items():
            if name in told:
                raise WiringError(f"The layers {told[name][0].name} and {layer.name} both tell the application {name}; remove one.")
            told[name] = (layer, each)
        permits += [(layer, permit) for permit in layer.permits]
    return Application(told, permits)


def variables(layer: Layer, given: Application, **own: str) -> dict[str, Any]:
    """The variables of the contract, from other layers and this one's own; raises WiringError where one is missing or unknown."""
    contract = layer.environment.contract
    for name, (source, each) in given.told.items():
        if not each.optional and not contract.reads(name):
            raise WiringError(
                f"The layer {source.name} tells the application {name}, which {contract.folder}/service.toml does not list; correct one."
            )
    known = [name for name in (*contract.variables.required, *contract.variables.optional) if name in given.told or name in own]
    if missing := sorted(set(contract.variables.required) - set(known)):
        raise WiringError(f"{contract.folder}/service.toml requires {missing[0]}, but no layer tells the application; add Layer.tells.")
    return {name: own[name] if name in own else layer.needs_of(*_value(given, name)) for name in sorted(known)}


def _value(given: Application, name: str) -> tuple[Layer, Any]:
    layer, each = given.told[name]
    return layer, each.value


def container(layer: Layer, name: str, variables: Mapping[str, Any], *, exec: bool = True, **properties: Any) -> ContainerDefinition:
    """A container with a log group of its own: of the service's image, and read-only but for what the contract calls writable.

    `properties` are added to these, or stand instead of them, as a sidecar's Image and MountPoints do.
    `exec` is false for a container that ends by itself, into which nobody needs a shell.
    """
    environment = layer.environment
    group = layer.add(LogGroup(f"{name.capitalize()}LogGroup", RetentionInDays=environment.log_days), f"The log of the container {name}")
    log = LogConfiguration(
        LogDriver="awslogs",
        Options={
            "awslogs-group": Ref(group),
            "awslogs-region": Ref("AWS::Region"),
            "awslogs-stream-prefix": name,
            # A slow CloudWatch must not stop the service.
            "mode": "non-blocking",
            "max-buffer-size": "25m",
        },
    )
    usual = {
        "Image": image(environment, layer.needs("ImageDigest")) if "Image" not in properties else None,
        "Environment": [Variable(Name=key, Value=value) for key, value in variables.items()],
        "ReadonlyRootFilesystem": True,
        "MountPoints": [MountPoint(SourceVolume=_volume(path), ContainerPath=path) for path in _writable(environment, exec=exec)],
        "LinuxParameters": _linux(environment),
    }
    return ContainerDefinition(Name=name, LogConfiguration=log, **{**usual, **properties})


def image(environment: Environment, digest: Any) -> Sub:
    """An image of the environment's repository by its digest, a text or a reference."""
    return Sub(
        "${account}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${repository}@${digest}", {**_repository(environment), "digest": digest}
    )


def task_definition(
    layer: Layer, title: str, description: str, given: Application, *containers: ContainerDefinition, **properties: Any
) -> TaskDefinition:
    """A task definition with its execution role and its task role, which may call what other layers let this one call."""
    settings = layer.environment.service
    return layer.add(
        TaskDefinition(
            title,
            # As CloudFormation would call it, but known: roles are scoped by the name.
            Family=f"{names.stack(layer.environment)}-{layer.name.replace('_', '-')}",
            **{"Cpu": str(settings.cpu), "Memory": str(settings.memory), **properties},
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            RuntimePlatform=RuntimePlatform(CpuArchitecture=settings.architecture, OperatingSystemFamily="LINUX"),
            ExecutionRoleArn=GetAtt(_execution_role(layer, containers), "Arn"),
            TaskRoleArn=GetAtt(_task_role(layer, given), "Arn"),
            Volumes=[Volume(Name=_volume(path)) for path in _writable(layer.environment, exec=True)],
            ContainerDefinitions=list(containers),
        ),
        description,
    )


def _writable(environment: Environment, *, exec: bool) -> tuple[str, ...]:
    return environment.contract.writable + (WRITABLE_FOR_EXEC if exec and environment.service.exec else ())


def _volume(path: str) -> str:
    return path.strip("/").replace("/", "-")


def _linux(environment: Environment) -> LinuxParameters:
    parameters = LinuxParameters(InitProcessEnabled=True)
    if not environment.service.exec:
        # The agent of ECS Exec runs in the container, and which of them it needs is not documented.
        # https://github.com/aws/containers-roadmap/issues/1360
        parameters.Capabilities = KernelCapabilities(Drop=["ALL"])
    return parameters


def _repository(environment: Environment) -> dict[str, Any]:
    """Account and name of the repository that the image comes from."""
    if environment.service.image_repository_arn:
        account, resource = environment.service.image_repository_arn.split(":")[4:]
        return {"account": account, "repository": resource.removeprefix("repository/")}
    return {"account": policies.ACCOUNT, "repository": names.repository(environment)}


def _execution_role(layer: Layer, containers: Sequence[ContainerDefinition]) -> Role:
    """What Fargate does for a task before it starts: pull its image, open its logs."""
    environment = layer.environment
    repository = environment.service.image_repository_arn or policies.arn("ecr", f"repository/{names.repository(environment)}")
    # Both endpoints of ECR check the same actions. https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    for endpoint in ("ecr.api", "ecr.dkr"):
        layer.calls_aws(endpoint, [awacs.ecr.GetAuthorizationToken], ["*"])
        layer.calls_aws(endpoint, PULL, [repository])
    layer.calls_aws("logs", WRITE_LOGS, [policies.arn("logs", f"log-group:{names.stack(environment)}-*")])
    # ECR hands out links to its layers that it signed itself, so no condition on the account would let them through.
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
    layers = Sub("arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*")
    layer.calls_aws("s3", [awacs.s3.GetObject], [layers], signed_by_aws=True)
    if environment.region in WITH_ECS_ENDPOINTS:
        for endpoint in ("ecs", "ecs-agent", "ecs-telemetry"):
            layer.calls_aws(endpoint, AGENT, ["*"], signed_by_aws=True)
    groups = [each.LogConfiguration.Options["awslogs-group"].data["Ref"] for each in containers]
    return role(
        layer,
        "ExecutionRole",
        "What Fargate may do to start a task: pull its image, open its logs",
        _trust(),
        # This action takes no resource.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        policies.allow([awacs.ecr.GetAuthorizationToken], ["*"]),
        policies.allow(PULL, [repository]),
        policies.allow(WRITE_LOGS, [GetAtt(group, "Arn") for group in groups]),
    )


def _task_role(layer: Layer, given: Application) -> Role:
    """What the code may do: what other layers let it call."""
    statements: list[Statement] = []
    for source, permit in (*given.permits, *((layer, own) for own in layer.permits)):
        if permit.to in (None, layer.name):
            statement = policies.allow(permit.actions, [layer.needs_of(source, each) for each in permit.resources], permit.condition)
            # Two layers may permit the same, such as to decrypt secrets.
            if encode(statement) not in map(encode, statements):
                statements.append(statement)
            if permit.service:
                layer.calls_aws(permit.service, permit.actions, [source.pattern(each) for each in permit.resources])
    if layer.environment.service.exec:
        layer.calls_aws("ssmmessages", EXEC, ["*"])
        # These actions have no resource. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#ecs-exec-required-iam-permissions
        statements.append(policies.allow(EXEC, ["*"]))
    return role(layer, "TaskRole", "What the application's code may do", _trust(), *statements)


def _trust() -> PolicyDocument:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role
    return policies.trust("ecs-tasks.amazonaws.com", source=policies.arn("ecs", "*"))


def workers(environment: Environment) -> dict[str, str]:
    """How the application uses a task's CPU, for a server of worker processes and threads."""
    return {"WEB_CONCURRENCY": str(fargate.workers(environment.service.cpu)), "WEB_THREADS": str(environment.contract.threads)}
