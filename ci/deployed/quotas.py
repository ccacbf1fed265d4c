"""Whether the account's quotas suffice for a deployment: what it needs by the rendered templates, and what is in use by others.

Only quotas that an account with the defaults can run into, and of which AWS's pages give the code:
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
https://docs.aws.amazon.com/general/latest/gr/rds-service.html
https://docs.aws.amazon.com/general/latest/gr/ecs-service.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ci.deployed import service, stacks
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.finding import Finding
from ci.estimates.costs import spot_share
from ci.model import Deployment, UnusableInputError, load
from ci.model.entrance import BALANCER

ON_DEMAND, SPOT = "Standard/OnDemand", "Standard/Spot"
# The physical ids of what this environment has, by type.
Standing = Mapping[str, Sequence[str]]


class Quota(NamedTuple):
    """Where Service Quotas has it, what counts towards it, and three counts."""

    service: str
    code: str
    name: str
    # By the templates and what the environment has of it already.
    need: Callable[[Deployment, float], float]
    # In the account, this environment's included; and this environment's alone.
    used: Callable[[Deployed], float]
    ours: Callable[[Deployed, Standing], float]


def quotas(deployed: Deployed) -> Iterator[Finding]:
    """One finding for each that does not suffice, and one for all that do; raises RefusedError where the templates cannot be read."""
    try:
        rendered = load(deployed.output, deployed.settings)
    except UnusableInputError as error:
        raise RefusedError(str(error)) from None
    standing, enough = _standing(deployed), []
    for quota in QUOTAS:
        ours = quota.ours(deployed, standing)
        need = quota.need(rendered, ours)
        if not need:
            continue
        most = _value(deployed, quota)
        if most is None:
            yield Finding("unknown", f"{quota.name}: Service Quotas has no value for {deployed.region}", "look it up in the console")
            continue
        others = max(0.0, quota.used(deployed) - ours)
        if need > ours and others + need > most:
            sentence = f"{quota.name}: the quota is {most:g}, others use {others:g}, and this environment needs up to {need:g}"
            yield Finding("stop", sentence, _increase(deployed, quota, ceil(others + need)))
        else:
            enough.append((most - others - need, f"{quota.name} with {others + need:g} of {most:g}"))
    if enough:
        yield Finding("ok", f"{len(enough)} quotas suffice; the scarcest: {min(enough)[1]}")


def _value(deployed: Deployed, quota: Quota) -> float | None:
    """The account's; the default where nobody ever asked for another."""
    client = deployed.client("service-quotas")
    for call in (client.get_service_quota, client.get_aws_default_service_quota):
        try:
            return float(call(ServiceCode=quota.service, QuotaCode=quota.code)["Quota"]["Value"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchResourceException":
                raise
    return None


def _increase(deployed: Deployed, quota: Quota, value: int) -> str:
    where = f"--service-code {quota.service} --quota-code {quota.code} --desired-value {value} --region {deployed.region}"
    return f"aws service-quotas request-service-quota-increase {where}; or use less"


def _standing(deployed: Deployed) -> Standing:
    root = stacks.find(deployed, deployed.stack)
    found: dict[str, list[str]] = {}
    for layer in stacks.resources(deployed, root.id).values() if root else ():
        for resource in stacks.described(deployed, layer) if layer else ():
            found.setdefault(resource["ResourceType"], []).append(resource.get("PhysicalResourceId", ""))
    return found


def _listed(deployed: Deployed, service: str, call: str, items: str) -> list[dict[str, Any]]:
    """All that a call lists."""
    return [item for page in _pages(deployed.client(service), call) for item in page.get(items, [])]


def _pages(client: Any, call: str) -> Iterator[dict[str, Any]]:
    if client.can_paginate(call):
        yield from client.get_paginator(call).paginate()
        return
    # boto3 has no paginator for the VPC links v2, and they come by pages all the same.
    page = getattr(client, call)()
    yield page
    while token := page.get("NextToken"):
        page = getattr(client, call)(NextToken=token)
        yield page


def _counted(where: str, code: str, name: str, kind: str, *listed: str) -> Quota:
    """A quota of so many resources of a type; `listed` is the service that lists them, its call, and the list in its answer."""
    return Quota(
        where,
        code,
        name,
        lambda deployment, _: len(deployment.of(kind)),
        lambda deployed: len(_listed(deployed, *listed)),
        lambda _, standing: len(standing.get(kind, ())),
    )


def _balancers(code: str, name: str, kind: str, part: str) -> Quota:
    """A quota of balancers of a kind, which is a part of their ARNs too."""
    return Quota(
        "elasticloadbalancing",
        code,
        name,
        lambda deployment, _: sum(each.get("Type", default="application") == kind for each in deployment.of(BALANCER)),
        lambda deployed: sum(each["Type"] == kind for each in _listed(deployed, "elbv2", "describe_load_balancers", "LoadBalancers")),
        lambda _, standing: sum(f"/{part}/" in arn for arn in standing.get(BALANCER, ())),
    )


def _interface_endpoints(deployment: Deployment, _: float) -> float:
    return len([endpoint for endpoint in deployment.of("AWS::EC2::VPCEndpoint") if endpoint.get("VpcEndpointType") == "Interface"])


def _none(*_: object) -> float:
    """Nobody else uses this environment's own VPC."""
    return 0


def _fargate(code: str, name: str, kind: str, provider: str) -> Quota:
    """VCPUs, twice, since a deployment runs the new tasks beside the old: at first of all that auto scaling may start, then of what runs.

    That others took what an environment has not used must not stop the deployment that mends it.
    """

    def need(deployment: Deployment, ours: float) -> float:
        [target] = deployment.of("AWS::ApplicationAutoScaling::ScalableTarget")
        [run] = deployment.of("AWS::ECS::Service")
        tasks = target.need("MinCapacity" if ours else "MaxCapacity")
        share = spot_share(run.get("CapacityProviderStrategy", default=[]), tasks)
        vcpus = float(run.target("TaskDefinition").need("Cpu")) / 1024 * tasks * (share if kind == SPOT else 1 - share)
        return float(2 * max(vcpus, ours))

    def used(deployed: Deployed) -> float:
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html
        now = datetime.now(UTC)
        dimensions = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": kind}
        points = deployed.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Usage",
            MetricName="ResourceCount",
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - timedelta(minutes=15),
            EndTime=now,
            Period=300,
            Statistics=["Maximum"],
        )["Datapoints"]
        return max((float(point["Maximum"]) for point in points), default=0.0)

    def ours(deployed: Deployed, _: Standing) -> float:
        found = service.find(deployed)
        tasks = service.running(deployed, found) if found else []
        return sum(float(task["cpu"]) / 1024 for task in tasks if task.get("capacityProviderName", "FARGATE") == provider)

    return Quota("fargate", code, name, need, used, ours)


QUOTAS = (
    _counted("vpc", "L-F678F1CE", "VPCs per Region", "AWS::EC2::VPC", "ec2", "describe_vpcs", "Vpcs"),
    Quota("vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", _interface_endpoints, _none, _none),
    _balancers("L-53DA6B97", "Application Load Balancers per Region", "application", "app"),
    _balancers("L-69A177A2", "Network Load Balancers per Region", "network", "net"),
    _counted("apigateway", "L-A4C7274F", "VPC links", "AWS::ApiGateway::VpcLink", "apigateway", "get_vpc_links", "items"),
    _counted("apigateway", "L-608BDCD4", "VPC links(V2)", "AWS::ApiGatewayV2::VpcLink", "apigatewayv2", "get_vpc_links", "Items"),
    _counted("rds", "L-7B6409FD", "DB instances", "AWS::RDS::DBInstance", "rds", "describe_db_instances", "DBInstances"),
    _fargate("L-3032A538", "Fargate On-Demand vCPU resource count", ON_DEMAND, "FARGATE"),
    _fargate("L-36FBB829", "Fargate Spot vCPU resource count", SPOT, "FARGATE_SPOT"),
)
