"""What a deployment costs a month while nobody uses it, by layer, from a dated table of list prices."""

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ci.model import Deployment, Resource
from ci.model.entrance import BALANCER

PRICES = Path(__file__).with_name("prices.toml")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


Priced = Iterator[tuple[str, float | None]]


class Item(NamedTuple):
    """What is paid for, and the USD a month; None where the table has no price."""

    layer: str
    what: str
    usd: float | None


@cache
def prices() -> dict[str, Any]:
    """The table."""
    return tomllib.loads(PRICES.read_text(encoding="utf-8"))


def items(deployment: Deployment) -> list[Item]:
    """Everything with a price of its own, whether used or not; of a type that the table does not know, one without a price."""
    return [Item(resource.template.name, *item) for resource in deployment for item in _priced(resource, deployment)]


def _priced(resource: Resource, deployment: Deployment) -> Priced:
    if resource.type in PRICED:
        yield from PRICED[resource.type](resource, deployment)
    elif resource.type not in prices()["free"]["types"]:
        yield f"{resource.type} (write its price, or that it is free, in ci/estimates/prices.toml)", None


def by_layer(found: list[Item]) -> dict[str, float]:
    """The USD a month of each layer that costs something."""
    layers = dict.fromkeys((item.layer for item in found), 0.0)
    for item in found:
        layers[item.layer] += item.usd or 0
    return {layer: round(usd, 2) for layer, usd in layers.items()}


def total(found: list[Item]) -> float:
    """The USD a month of all that has a price."""
    return sum(item.usd or 0 for item in found)


def unpriced(found: list[Item]) -> list[str]:
    """What has no price in the table."""
    return sorted({item.what for item in found if item.usd is None})


def assumptions() -> str:
    """What the numbers are, and what they are not."""
    table = prices()
    return (
        f"An estimate in USD a month of {table['hours_a_month']} hours, by AWS's list prices for {table['region']} as noted here on "
        f"{table['date']}, of what is deployed, with the fewest tasks and nobody "
        "using it. Without tax, free tier, requests, traffic, logs, backups beyond the database's size, images, a key's rotations, and "
        "a burstable database's CPU above its baseline; another region has other prices. "
        "Check it with the AWS Pricing Calculator before you rely on it."
    )


def _hourly(name: str, table: str = "hour") -> float | None:
    price = prices()[table].get(name)
    return None if price is None else price * prices()["hours_a_month"]


def _monthly(name: str) -> float:
    return float(prices()["month"][name])


def _endpoint(endpoint: Resource, _: Deployment) -> Priced:
    if endpoint.get("VpcEndpointType") == "Interface":
        zones = len(endpoint.get("SubnetIds", default=[]))
        yield f"interface endpoint in {zones} zone{'s' if zones > 1 else ''}", zones * (_hourly("interface_endpoint_zone") or 0)


def _balancer(balancer: Resource, _: Deployment) -> Priced:
    yield "NLB" if balancer.get("Type") == "network" else "ALB", _hourly("balancer")


def _database(instance: Resource, _: Deployment) -> Priced:
    zones = 2 if instance.get("MultiAZ") else 1
    size, storage = instance.get("DBInstanceClass"), int(instance.get("AllocatedStorage", default=0))
    price = _hourly(size, "database_hour")
    yield f"PostgreSQL {size}{', Multi-AZ' if zones > 1 else ''}", None if price is None else price * zones
    yield f"{storage} GB of storage", storage * zones * _monthly("database_gb")
    if instance.get("ManageMasterUserPassword"):
        yield "secret of the database", _monthly("secret")


def _service(service: Resource, deployment: Deployment) -> Priced:
    task = service.target("TaskDefinition")
    architecture = task.get("RuntimePlatform", "CpuArchitecture", default="X86_64")
    vcpu, memory = int(task.need("Cpu")) / 1024, int(task.need("Memory")) / 1024
    tasks, awake = _tasks_of(deployment)
    share = spot_share(service.get("CapacityProviderStrategy", default=[]), tasks)
    hour = vcpu * (_hourly(f"vcpu_{architecture}") or 0) + memory * (_hourly(f"gb_{architecture}") or 0)
    words = f"{tasks} task{'s' if tasks > 1 else ''} of {vcpu:g} vCPU and {memory:g} GB, {architecture}"
    words += (f", {share:.0%} on Spot" if share else "") + (f", awake {awake:.0%} of the time" if awake < 1 else "")
    yield words, tasks * awake * hour * (1 - share + share * prices()["share"]["spot"])


def _cluster(cluster: Resource, deployment: Deployment) -> Priced:
    """What is without a running task reports no metrics."""
    if cluster.pairs("ClusterSettings", key="Name").get("containerInsights") == "enabled":
        metrics = prices()["count"]["insights_metrics"]
        yield f"up to {metrics} metrics of Container Insights", metrics * _monthly("metric") * _tasks_of(deployment)[1]


def _tracking(policy: Resource, _: Deployment) -> Priced:
    if policy.get("PolicyType") == "TargetTrackingScaling":
        alarms = prices()["count"]["tracking_alarms"]
        yield f"{alarms} alarms of auto scaling", alarms * _monthly("alarm_metric")


def _tasks_of(deployment: Deployment) -> tuple[int, float]:
    return next((_tasks(target) for target in deployment.of("AWS::ApplicationAutoScaling::ScalableTarget")), (1, 1.0))


def _tasks(target: Resource) -> tuple[int, float]:
    """The fewest tasks while awake, and the share of the week in which they are."""
    for action in target.get("ScheduledActions", default=[]):
        if match := re.fullmatch(r"cron\(\S+ (\d+)-(\d+) \? \* (\S+) \*\)", action["Schedule"]):
            return action["ScalableTargetAction"]["MinCapacity"], (int(match[2]) - int(match[1]) + 1) * _days(match[3]) / (7 * 24)
    return target.need("MinCapacity"), 1.0


def _days(expression: str) -> int:
    """How many days of the week cron's MON-FRI or SAT,SUN are."""
    found: set[int] = set()
    for part in expression.split(","):
        first, _, last = part.partition("-")
        length = (DAYS.index(last or first) - DAYS.index(first)) % 7
        found |= {(DAYS.index(first) + day) % 7 for day in range(length + 1)}
    return len(found)


def spot_share(strategy: list[dict[str, Any]], tasks: int) -> float:
    """The share of so many tasks that a capacity provider strategy puts on Fargate Spot."""
    base = sum(item.get("Base", 0) for item in strategy)
    weights = sum(item.get("Weight", 0) for item in strategy)
    rest = max(0, tasks - base)
    spot = next((item for item in strategy if item.get("CapacityProvider") == "FARGATE_SPOT"), {})
    on_spot = min(spot.get("Base", 0), tasks) + (rest * spot.get("Weight", 0) / weights if weights else 0)
    return on_spot / tasks if tasks else 0.0


def _firewall(firewall: Resource, _: Deployment) -> Priced:
    rules = len(firewall.get("Rules", default=[]))
    yield f"WAF with {rules} rules", _monthly("firewall") + rules * _monthly("firewall_rule")


def _alarm(alarm: Resource, _: Deployment) -> Priced:
    metrics = sum("MetricStat" in metric for metric in alarm.get("Metrics", default=[])) or 1
    yield f"alarm on {metrics} metric{'s' if metrics > 1 else ''}", metrics * _monthly("alarm_metric")


def _key(*_: Any) -> Priced:
    yield "key", _monthly("key")


def _bastion(instance: Resource, _: Deployment) -> Priced:
    yield f"instance {instance.get('InstanceType')}", _hourly(str(instance.get("InstanceType")))
    size = int(instance.get("BlockDeviceMappings", 0, "Ebs", "VolumeSize", default=prices()["count"]["volume_gb"]))
    yield f"{size} GB of volume", size * _monthly("volume_gb")


def _cache(group: Resource, _: Deployment) -> Priced:
    size = str(group.get("CacheNodeType"))
    shards, replicas = int(group.get("NumNodeGroups", default=1)), group.get("ReplicasPerNodeGroup")
    nodes = shards * (1 + int(replicas)) if replicas is not None else int(group.get("NumCacheClusters", default=shards))
    price = _hourly(size, "cache_hour")
    yield f"{nodes} node{'s' if nodes > 1 else ''} {size}", None if price is None else price * nodes


def _secret(*_: Any) -> Priced:
    yield "secret", _monthly("secret")


def _dashboard(*_: Any) -> Priced:
    yield "dashboard", _monthly("dashboard")


PRICED: dict[str, Callable[[Resource, Deployment], Priced]] = {
    BALANCER: _balancer,
    "AWS::ApplicationAutoScaling::ScalingPolicy": _tracking,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::EC2::Instance": _bastion,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::ECS::Cluster": _cluster,
    "AWS::ECS::Service": _service,
    "AWS::ElastiCache::ReplicationGroup": _cache,
    "AWS::KMS::Key": _key,
    "AWS::RDS::DBInstance": _database,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::WAFv2::WebACL": _firewall,
}
