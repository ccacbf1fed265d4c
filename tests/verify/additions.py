"""What adopters add to rendered templates: layers of their own, of types that the project does not have, with their facts."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import facts
from facts import reference
from facts.kinds import Answers, Data, Facts, Is, Member
from templates import flows
from tests.deployments import Templates, rendered

LAYER = "extra"
POSTGRESQL, VALKEY = 5432, 6379
OTHER_TYPES = {
    "elasticache": (
        Facts(
            type="AWS::ElastiCache::ReplicationGroup",
            source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticache-replicationgroup.html",
            member=Member("SecurityGroupIds", "SubnetIds", subnets_through="CacheSubnetGroupName"),
            answers=(Answers("Port", tls=(Is("TransitEncryptionEnabled", (True,), default=False),), default_port=VALKEY),),
            at_rest=(Is("AtRestEncryptionEnabled", (True,), default=False),),
            data=Data("its pages", ("Snapshot", "Retain")),
        ),
        Facts(type="AWS::ElastiCache::SubnetGroup", source="the same"),
    ),
    "sqs": (
        Facts(
            type="AWS::SQS::Queue",
            source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html",
            ref_is_arn=False,
            at_rest=(Is("SqsManagedSseEnabled", (True,), default=True),),
        ),
    ),
}


@contextmanager
def known(*declared: tuple[str, str, int]) -> Iterator[None]:
    """Facts of the other types, as an adopter writes them, and flows that an adopter adds to the table."""
    table, schema = flows.flows, reference.schema
    for service, of_types in OTHER_TYPES.items():
        sys.modules[f"facts.{service}"] = SimpleNamespace(FACTS={each.type: each for each in of_types})  # type: ignore[assignment]
    others = {each.type for of_types in OTHER_TYPES.values() for each in of_types}
    empty = reference.Schema(create_only=(), maybe_create_only=(), read_only=(), identifier=(), refers={}, longest={})
    facts.of.cache_clear()
    flows.flows = lambda environment: [*table(environment), *(flows.Flow(*each, "An adopter's") for each in declared)]
    reference.schema = lambda kind: empty if kind in others else schema(kind)  # type: ignore[assignment]
    try:
        yield
    finally:
        flows.flows, reference.schema = table, schema
        for service in OTHER_TYPES:
            del sys.modules[f"facts.{service}"]
        facts.of.cache_clear()


class Adopter:
    """Rendered templates with a layer more, wired to the others as Layer.needs does it."""

    def __init__(self, environment: str = "prod") -> None:
        self.templates: Templates = rendered(environment)
        self.layer: dict[str, Any] = {"Parameters": {}, "Resources": {}, "Outputs": {}}
        self.templates[LAYER] = self.layer
        tags = [
            {"Key": key, "Value": value} for key, value in (("Environment", environment), ("Layer", LAYER), ("Project", "awsome-books"))
        ]
        stack = {"TemplateURL": f"{LAYER}.template.json", "Parameters": {}, "Tags": tags}
        self.templates["root"]["Resources"]["Extra"] = {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": stack,
            "DependsOn": ["Endpoints"],
        }

    def resource(self, name: str, kind: str, properties: dict[str, Any], **attributes: Any) -> dict[str, Any]:
        """Add a resource to the layer."""
        self.layer["Resources"][name] = {"Type": f"AWS::{kind}", "Properties": properties, **attributes}
        added: dict[str, Any] = self.layer["Resources"][name]
        return added

    def needs(self, layer: str, output: str, to: str = LAYER, value: Any = None) -> dict[str, str]:
        """A value that another layer gives, or one of its own that it gives from now on."""
        if value is not None:
            self.templates[layer].setdefault("Outputs", {})[output] = {"Value": value}
        given = self.templates[layer]["Outputs"][output]["Value"]
        kind = "CommaDelimitedList" if "Fn::Join" in given else "String"
        self.templates[to].setdefault("Parameters", {})[output] = {"Type": kind}
        stacks = self.templates["root"]["Resources"]
        name = {each["Properties"]["TemplateURL"].split(".")[0]: title for title, each in stacks.items()}
        stacks[name[to]]["Properties"]["Parameters"][output] = {"Fn::GetAtt": [name[layer], f"Outputs.{output}"]}
        return {"Ref": output}

    def group(self, name: str) -> dict[str, str]:
        """A security group of the network for the layer."""
        title = f"{name.capitalize()}SecurityGroup"
        resources = self.templates["network"]["Resources"]
        resources[title] = deepcopy(resources["ServiceSecurityGroup"])
        return self.needs("network", f"{title}Id", value={"Fn::GetAtt": [title, "GroupId"]})

    def flow(self, source: str, target: str, port: int) -> None:
        """Both ends of a flow between groups of the network; to s3, by its prefix list."""
        resources, ports = self.templates["network"]["Resources"], {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        ends = {name: {"Fn::GetAtt": [f"{name.capitalize()}SecurityGroup", "GroupId"]} for name in (source, target)}
        way = f"{source.capitalize()}To{target.capitalize()}"
        if target == "s3":
            resources[way] = deepcopy(resources["ServiceToS3"])
            resources[way]["Properties"]["GroupId"] = ends[source]
            return
        out = {"GroupId": ends[source], "DestinationSecurityGroupId": ends[target], **ports}
        into = {"GroupId": ends[target], "SourceSecurityGroupId": ends[source], **ports}
        resources[f"{way}Egress"] = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": out}
        resources[f"{way}Ingress"] = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": into}

    def tells(self, variable: str, value: Any, definition: str = "TaskDefinition", layer: str = "service") -> None:
        """A variable more for each container of a task definition."""
        for container in self.templates[layer]["Resources"][definition]["Properties"]["ContainerDefinitions"]:
            container["Environment"].append({"Name": variable, "Value": value})
