"""The cache: Valkey in the data tier, over TLS alone, encrypted."""

from troposphere import GetAtt, Ref
from troposphere.elasticache import ReplicationGroup, SubnetGroup

from templates.flows import CACHE_PORT
from templates.layer import Layer
from templates.measures import measure
from templates.settings import Environment


def cache(environment: Environment) -> Layer:
    """A replication group with its subnets; in production with a replica in the other zone."""
    layer = Layer("cache", environment, "a cache for the application", tier="data")
    subnets = layer.add(SubnetGroup("Subnets", Description="The data tier", SubnetIds=layer.subnets()), "The data tier's subnets")
    group = layer.add(
        ReplicationGroup(
            "Cache",
            ReplicationGroupDescription="What the application caches",
            Engine="valkey",
            EngineVersion="8.0",
            CacheNodeType="cache.t4g.micro",
            NumCacheClusters=2 if environment.production else 1,
            AutomaticFailoverEnabled=environment.production,
            MultiAZEnabled=environment.production,
            CacheSubnetGroupName=Ref(subnets),
            SecurityGroupIds=[layer.group("cache")],
            Port=CACHE_PORT,
            TransitEncryptionEnabled=True,
            TransitEncryptionMode="required",
            AtRestEncryptionEnabled=True,
            SnapshotRetentionLimit=1,
            DeletionPolicy="Snapshot",
            UpdateReplacePolicy="Snapshot",
        ),
        "Valkey" + (" with a replica in another zone" if environment.production else ""),
    )
    layer.tells("CACHE_HOST", GetAtt(group, "PrimaryEndPoint.Address"))
    layer.tells("CACHE_PORT", str(CACHE_PORT))
    memory = measure("DatabaseMemoryUsagePercentage", "Average", group)
    layer.alarm("CacheMemory", "The cache is full to more than 90 %", memory, above=90)
    layer.alarm("CacheCpu", "The cache's processor is busy for more than 80 %", measure("EngineCPUUtilization", "Average", group), above=80)
    layer.graph("Cache", "Average", memory, measure("CacheHitRate", "Average", group))
    return layer
