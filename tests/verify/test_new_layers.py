"""A layer that the project does not have is judged by its facts alone: what is right passes, and each fault of its own is found."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import msgspec
import pytest

from templates.settings import Environment
from tests.deployments import found, settings
from tests.verify.additions import POSTGRESQL, VALKEY, Adopter, known
from tests.verify.test_task_faults import SIDECAR

# What these layers are judged by.
RULES = {
    "at-rest",
    "container-rights",
    "containers",
    "contract",
    "creation-order",
    "data-apart",
    "database",
    "encryption",
    "endpoints",
    "facts",
    "flows",
    "health-checks",
    "image",
    "kept",
    "limits",
    "lists",
    "migrations",
    "names",
    "nesting",
    "parameters",
    "private",
    "reference-kinds",
    "request-path",
    "resolved",
    "safeguards",
    "secrets",
    "subnets",
    "time-limits",
    "traffic-logs",
    "ways",
}
CACHE_FLOW = ("service", "cache", VALKEY)


def objections(adopter: Adopter, *declared: tuple[str, str, int], environment: Environment | None = None) -> dict[str, str]:
    """What each of the rules says of an adopter's templates, where the table of flows has these too."""
    with known(*declared):
        everything = found(adopter.templates, environment or reading("CACHE_HOST"))
    return {rule: "\n".join(said) for rule, said in everything.items() if rule in RULES}


def reading(*variables: str) -> Environment:
    """The settings of prod with a service whose contract lists these variables too."""
    environment = settings("prod")
    contract = environment.contract
    optional = {**contract.variables.optional, **dict.fromkeys(variables, "An adopter's")}
    changed = msgspec.structs.replace(contract, variables=msgspec.structs.replace(contract.variables, optional=optional))

    class Reading(Environment, frozen=True, kw_only=True):
        """Settings with another contract."""

        @property
        def contract(self) -> Any:
            return changed

    return Reading(**{name: getattr(environment, name) for name in environment.__struct_fields__})


def cache() -> Adopter:
    """A Valkey cache for the service: TLS, encrypted, kept, in the data tier, with a group and a flow of its own."""
    adopter = Adopter()
    subnets = adopter.needs("network", "DataSubnetIds")
    adopter.resource("Subnets", "ElastiCache::SubnetGroup", {"SubnetIds": subnets})
    adopter.resource(
        "Cache",
        "ElastiCache::ReplicationGroup",
        {
            "CacheSubnetGroupName": {"Ref": "Subnets"},
            "SecurityGroupIds": [adopter.group("cache")],
            "TransitEncryptionEnabled": True,
            "AtRestEncryptionEnabled": True,
            "Port": VALKEY,
        },
        DeletionPolicy="Snapshot",
        UpdateReplacePolicy="Snapshot",
    )
    adopter.flow(*CACHE_FLOW)
    adopter.tells("CACHE_HOST", adopter.needs("extra", "CacheHost", "service", {"Fn::GetAtt": ["Cache", "PrimaryEndPoint.Address"]}))
    return adopter


def test_a_cache_is_clean() -> None:
    assert objections(cache(), CACHE_FLOW) == {}


def put(path: str, value: Any) -> Callable[[Adopter], object]:
    """Another value of a property of the cache; None removes it."""

    def change(adopter: Adopter) -> None:
        properties = adopter.layer["Resources"]["Cache"]["Properties"]
        properties.pop(path, None)
        if value is not None:
            properties[path] = value

    return change


def resources(adopter: Adopter) -> Any:
    """The resources of the network."""
    return adopter.templates["network"]["Resources"]


def one_zone(adopter: Adopter) -> None:
    adopter.layer["Resources"]["Subnets"]["Properties"]["SubnetIds"] = [{"Fn::Select": [0, {"Ref": "DataSubnetIds"}]}]


def in_the_service_tier(adopter: Adopter) -> None:
    adopter.layer["Resources"]["Subnets"]["Properties"]["SubnetIds"] = adopter.needs("network", "ServiceSubnetIds")


@pytest.mark.parametrize(
    ("rule", "fault", "says"),
    [
        ("encryption", put("TransitEncryptionEnabled", False), "extra.Cache leaves the connection from service to cache without TLS"),
        ("encryption", put("TransitEncryptionEnabled", None), "without TLS"),
        ("at-rest", put("AtRestEncryptionEnabled", False), "AtRestEncryptionEnabled = False"),
        ("at-rest", put("AtRestEncryptionEnabled", None), "has no AtRestEncryptionEnabled, which is False then"),
        ("flows", put("SecurityGroupIds", None), "extra.Cache is in no security group"),
        ("flows", lambda adopter: resources(adopter).pop("ServiceToCacheIngress"), "service cannot reach cache on port 6379"),
        ("ways", lambda adopter: resources(adopter).pop("ServiceToCacheEgress"), "is told extra.Cache by CACHE_HOST"),
        ("flows", lambda adopter: resources(adopter)["ServiceToCacheEgress"]["Properties"].update(FromPort=1), "opens one end of a flow"),
        ("flows", lambda adopter: adopter.flow("alb", "cache", VALKEY), "alb can reach cache on port 6379, which is not declared"),
        ("data-apart", lambda adopter: adopter.flow("alb", "cache", VALKEY), "is reached by alb, which runs no code of ours"),
        ("ways", put("Port", 6380), "extra.Cache answers on port 6380, where service.Service"),
        (
            "data-apart",
            put("SecurityGroupIds", [{"Ref": "ServiceSecurityGroupId"}]),
            "shares network.ServiceSecurityGroup with service.Service",
        ),
        ("data-apart", in_the_service_tier, "shares network.ServiceSubnetA with"),
        ("kept", lambda adopter: adopter.layer["Resources"]["Cache"].pop("DeletionPolicy"), "has DeletionPolicy nothing"),
        (
            "kept",
            lambda adopter: adopter.layer["Resources"]["Cache"].update(UpdateReplacePolicy="Delete"),
            "has UpdateReplacePolicy Delete",
        ),
        ("subnets", one_zone, "is in one zone"),
        ("contract", lambda adopter: adopter.tells("CACHE_HOSTNAME", "x"), "is told CACHE_HOSTNAME, which the contract does not list"),
    ],
)
def test_a_fault_of_the_cache_is_found(rule: str, fault: Callable[[Adopter], object], says: str) -> None:
    adopter = cache()
    if "ServiceSecurityGroup" in says:
        adopter.needs("network", "ServiceSecurityGroupId")
    fault(adopter)
    assert says in objections(adopter, CACHE_FLOW).get(rule, "")


def test_a_flow_to_data_that_is_declared_from_a_load_balancer_is_found() -> None:
    """Whoever writes the table of flows may err too."""
    adopter = cache()
    adopter.flow("alb", "cache", VALKEY)
    said = objections(adopter, CACHE_FLOW, ("alb", "cache", VALKEY))
    assert set(said) == {"data-apart"} and "is reached by alb" in said["data-apart"]


def test_a_host_that_nobody_declared_a_flow_to_is_found() -> None:
    adopter = cache()
    for end in ("Egress", "Ingress"):
        del resources(adopter)[f"ServiceToCache{end}"]
    assert set(objections(adopter)) == {"ways"}


def worker(told: bool = True) -> Adopter:
    """A second service of the same image, without a load balancer, that reads the database."""
    adopter = Adopter()
    service = adopter.templates["service"]["Resources"]
    definition = deepcopy(service["TaskDefinition"])
    app = definition["Properties"]["ContainerDefinitions"][1]
    for name in ("DependsOn", "HealthCheck", "PortMappings"):
        del app[name]
    app["Command"] = ["python", "-m", "books_api.worker"]
    definition["Properties"] |= {"ContainerDefinitions": [app], "Family": "awsome-books-prod-worker"}
    service["WorkerDefinition"] = definition
    group = adopter.needs("network", "WorkerSecurityGroupId", "service", group_of(adopter, "worker"))
    network = {"AssignPublicIp": "DISABLED", "SecurityGroups": [group], "Subnets": {"Ref": "ServiceSubnetIds"}}
    service["Worker"] = {
        "Type": "AWS::ECS::Service",
        "DependsOn": ["InsightsLogGroup"],
        "Properties": {
            "Cluster": {"Ref": "Cluster"},
            "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}],
            "NetworkConfiguration": {"AwsvpcConfiguration": network},
            "TaskDefinition": {"Ref": "WorkerDefinition"},
        },
    }
    del adopter.templates["extra"], adopter.templates["root"]["Resources"]["Extra"]
    for flow in WORKER_FLOWS if told else WORKER_FLOWS[1:]:
        adopter.flow(*flow)
    return adopter


WORKER_FLOWS = (("worker", "database", POSTGRESQL), ("worker", "endpoints", 443), ("worker", "s3", 443))


def group_of(adopter: Adopter, name: str) -> dict[str, list[str]]:
    adopter.group(name)
    return {"Fn::GetAtt": [f"{name.capitalize()}SecurityGroup", "GroupId"]}


def test_a_worker_is_clean() -> None:
    assert objections(worker(), *WORKER_FLOWS) == {}


def test_a_worker_that_cannot_reach_what_it_is_told_is_found() -> None:
    said = objections(worker(told=False), *WORKER_FLOWS[1:])
    assert "service.Worker is told database.Instance by DATABASE_HOST" in said["ways"]


def test_a_worker_that_can_pull_no_image_is_found() -> None:
    adopter = worker()
    del resources(adopter)["WorkerToS3"]
    assert "service.Worker cannot reach s3 on port 443" in objections(adopter, *WORKER_FLOWS[:2])["ways"]


def replica() -> Adopter:
    """A read replica of the database, in the database's own layer, group and subnets."""
    adopter = Adopter()
    del adopter.templates["extra"], adopter.templates["root"]["Resources"]["Extra"]
    database = adopter.templates["database"]["Resources"]
    copied = ("DBInstanceClass", "VPCSecurityGroups", "DBParameterGroupName", "PubliclyAccessible", "CACertificateIdentifier", "Port")
    properties = {name: database["Instance"]["Properties"][name] for name in copied}
    database["Replica"] = {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {
            **properties,
            "SourceDBInstanceIdentifier": {"Ref": "Instance"},
            "DBSubnetGroupName": {"Ref": "Subnets"},
        },
    }
    host = {"Fn::GetAtt": ["Replica", "Endpoint.Address"]}
    adopter.tells("REPLICA_HOST", adopter.needs("database", "ReplicaHost", "service", host))
    return adopter


def test_a_read_replica_is_clean() -> None:
    assert objections(replica(), environment=reading("REPLICA_HOST")) == {}


def test_a_public_read_replica_is_found() -> None:
    adopter = replica()
    adopter.templates["database"]["Resources"]["Replica"]["Properties"]["PubliclyAccessible"] = True
    assert "database.Replica has PubliclyAccessible = True" in objections(adopter, environment=reading("REPLICA_HOST"))["private"]


def test_a_third_container_a_second_bucket_and_another_target_group_are_clean() -> None:
    adopter = Adopter()
    del adopter.templates["extra"], adopter.templates["root"]["Resources"]["Extra"]
    adopter.templates["service"]["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"].append(deepcopy(SIDECAR))
    front = adopter.templates["load_balancing"]["Resources"]
    front["Uploads"] = deepcopy(front["AccessLogs"])
    del front["Uploads"]["Properties"]["LifecycleConfiguration"]
    front["OtherTargetGroup"] = deepcopy(front["BlueTargetGroup"])
    front["OtherRule"] = deepcopy(front["Rule"])
    groups = [{"TargetGroupArn": {"Ref": "OtherTargetGroup"}, "Weight": 0}, {"TargetGroupArn": {"Ref": "BlueTargetGroup"}, "Weight": 1}]
    front["OtherRule"]["Properties"] |= {"Priority": 2, "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}
    assert objections(adopter, environment=settings("prod")) == {}


@pytest.mark.parametrize(
    ("rule", "kind", "properties"),
    [
        ("at-rest", "SQS::Queue", {"SqsManagedSseEnabled": False}),
        ("private", "S3::Bucket", {}),
        ("kept", "S3::Bucket", {}),
        ("facts", "OpenSearchService::Domain", {}),
    ],
)
def test_a_resource_that_is_open_unencrypted_or_unknown_is_found(rule: str, kind: str, properties: dict[str, Any]) -> None:
    adopter = Adopter()
    adopter.resource("Added", kind, properties)
    assert "extra.Added" in objections(adopter)[rule]


def test_an_encrypted_queue_is_clean() -> None:
    adopter = Adopter()
    adopter.resource("Queue", "SQS::Queue", {"SqsManagedSseEnabled": True})
    assert objections(adopter) == {}


def test_a_type_without_facts_is_one_finding_and_stops_the_rules() -> None:
    adopter = Adopter()
    adopter.resource("One", "OpenSearchService::Domain", {})
    adopter.resource("Other", "OpenSearchService::Domain", {})
    said = objections(adopter)
    assert set(said) == {"facts"} and len(said["facts"].splitlines()) == 1
    assert "facts/opensearchservice.py" in said["facts"]
