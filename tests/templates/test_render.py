"""What holds for every rendered template."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from templates import flows
from templates.layers import network as network_layer
from templates.render import render
from tests.settings import ROOT, SHIPPED, environment, shipped

NAMES = tuple(path.stem for path in SHIPPED)


def rendered(name: str) -> dict[str, dict[str, Any]]:
    return {file.partition(".")[0]: json.loads(text) for file, text in render(shipped(name)).items()}


def resources(name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for layer, template in rendered(name).items():
        for title, resource in template["Resources"].items():
            yield layer, title, resource


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_output_is_what_is_rendered(name: str) -> None:
    committed = {path.name: path.read_text() for path in (ROOT / "output" / name).iterdir()}
    assert committed == render(shipped(name)), "make golden renders it anew"


def test_the_bytes_depend_on_neither_hash_seed_nor_folder(tmp_path: Path) -> None:
    texts = []
    for seed in ("0", "4711"):
        output = tmp_path / seed
        subprocess.run(
            [sys.executable, ROOT / "generate.py", "--output", output],
            check=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
        )
        texts.append({path.relative_to(output): path.read_bytes() for path in output.rglob("*.json")})
    assert texts[0] == texts[1]
    assert len(texts[0]) == sum(len(list((ROOT / "output" / name).iterdir())) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_says_what_it_is_for(name: str) -> None:
    assert not [(layer, title) for layer, title, resource in resources(name) if not resource.get("Metadata", {}).get("Description")]


@pytest.mark.parametrize("name", NAMES)
def test_every_stack_is_described_and_tagged(name: str) -> None:
    templates = rendered(name)
    assert all(template["Description"].startswith(f"awsome-books {name}") for template in templates.values())
    for layer in templates.keys() - {"root", "account", "bootstrap"}:
        title = "".join(part.capitalize() for part in layer.split("_"))
        tags = {tag["Key"]: tag["Value"] for tag in templates["root"]["Resources"][title]["Properties"]["Tags"]}
        assert tags == {"Project": "awsome-books", "Environment": name, "Layer": layer}


@pytest.mark.parametrize("name", NAMES)
def test_the_root_holds_nothing_but_nested_stacks_one_level_deep(name: str) -> None:
    nested = {layer for layer, _, resource in resources(name) if resource["Type"] == "AWS::CloudFormation::Stack"}
    assert nested == {"root"}
    assert {resource["Type"] for layer, _, resource in resources(name) if layer == "root"} == {"AWS::CloudFormation::Stack"}


def test_what_need_not_wait_does_not() -> None:
    """The critical path: the API does not wait for the service, nor the database for the endpoints."""
    stacks = rendered("prod")["root"]["Resources"]
    waits = {title: set(stack.get("DependsOn", ())) | _stacks(stack["Properties"].get("Parameters", {})) for title, stack in stacks.items()}
    assert waits["Network"] == waits["Notifications"] == set()
    assert waits["Endpoints"] == {"Network"}
    assert waits["Database"] == waits["LoadBalancing"] == {"Network", "Notifications"}
    assert waits["Api"] == {"LoadBalancing", "Notifications"}
    assert waits["Service"] == {"Network", "Notifications", "Database", "LoadBalancing", "Endpoints"}
    assert [title for title, needs in waits.items() if "Service" in needs] == ["Dashboard"]


def _stacks(parameters: dict[str, Any]) -> set[str]:
    return {value["Fn::GetAtt"][0] for value in parameters.values() if "Fn::GetAtt" in value}


def test_the_network_is_the_one_of_the_architecture() -> None:
    template = rendered("prod")["network"]["Resources"]
    subnets = {
        title: (r["Properties"]["CidrBlock"], r["Properties"]["AvailabilityZone"]["Fn::Sub"])
        for title, r in template.items()
        if "Subnet" in r["Type"] and "CidrBlock" in r["Properties"]
    }
    assert subnets == {
        "IngressSubnetA": ("10.0.0.0/19", "${AWS::Region}a"),
        "IngressSubnetB": ("10.0.96.0/19", "${AWS::Region}b"),
        "ServiceSubnetA": ("10.0.32.0/19", "${AWS::Region}a"),
        "ServiceSubnetB": ("10.0.128.0/19", "${AWS::Region}b"),
        "DataSubnetA": ("10.0.64.0/19", "${AWS::Region}a"),
        "DataSubnetB": ("10.0.160.0/19", "${AWS::Region}b"),
    }


def test_a_third_zone_touches_no_subnet() -> None:
    def subnets(zones: list[str]) -> dict[str, Any]:
        template = json.loads(render(environment({"network": {"zones": zones}}))["network.template.json"])["Resources"]
        return {title: resource for title, resource in template.items() if resource["Type"] == "AWS::EC2::Subnet"}

    before, after = subnets(["us-east-1a", "us-east-1b"]), subnets(["us-east-1a", "us-east-1b", "us-east-1c"])
    assert before.items() <= after.items()
    assert after.keys() - before.keys() == {"IngressSubnetC", "ServiceSubnetC", "DataSubnetC"}


PHYSICAL_NAMES = {
    "AlarmName": "AWS::CloudWatch::Alarm",
    "DBInstanceIdentifier": "AWS::RDS::DBInstance",
    "ManagedPolicyName": "AWS::IAM::ManagedPolicy",
    "RepositoryName": "AWS::ECR::Repository",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_our_own_are_few(name: str) -> None:
    """Pain 10: what has a name of its own cannot be replaced. Log groups may, where a service looks for them by name."""
    named = {
        (key, resource["Type"])
        for _, _, resource in resources(name)
        for key in resource.get("Properties", {})
        if key in {"RoleName", "BucketName", "GroupName", "ClusterName", "ServiceName", "TopicName", "UserPoolName"} | set(PHYSICAL_NAMES)
        and not (key == "ServiceName" and resource["Type"] == "AWS::EC2::VPCEndpoint")
    }
    assert named == set(PHYSICAL_NAMES.items())


def test_the_sign_in_domain_has_none_of_the_words_that_cognito_refuses() -> None:
    template = rendered("prod")["api"]["Resources"]["SignInDomain"]["Properties"]["Domain"]["Fn::Sub"]
    prefix = template.removesuffix("-${AWS::AccountId}")
    assert not [word for word in ("aws", "amazon", "cognito") if word in prefix]


def test_the_methods_are_the_documents_operations() -> None:
    document = json.loads((ROOT / "books_api" / "openapi.json").read_text())
    wanted = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    template = rendered("prod")["api"]["Resources"]
    methods = [resource["Properties"] for resource in template.values() if resource["Type"] == "AWS::ApiGateway::Method"]
    found = {(method["Integration"]["Uri"]["Fn::Sub"][0].removeprefix("http://${host}"), method["HttpMethod"]) for method in methods}
    assert found == wanted
    assert {method["HttpMethod"] for method in methods if method["AuthorizationType"] == "NONE"} == {"GET"}


def test_outside_the_first_region_the_prefix_list_is_looked_up() -> None:
    elsewhere = environment({"region": "eu-west-1", "network": {"zones": ["eu-west-1a", "eu-west-1b"]}})
    here, there = (json.loads(render(settings)["root.template.json"])["Parameters"] for settings in (environment({}), elsewhere))
    assert set(there) - set(here) == {"S3PrefixListId"}
    assert there["S3PrefixListId"]["AllowedPattern"] == "pl-[0-9a-f]{8,17}"
    assert "eu-west-1" in there["S3PrefixListId"]["Description"]


def test_end_to_end_leaves_no_plain_hop() -> None:
    """Health checks too: unset, a target group's are HTTP even where its protocol is HTTPS."""
    settings = environment({"encryption": "end_to_end", "certificate_domain": "books.example.org"})
    templates = {file: json.loads(text)["Resources"] for file, text in render(settings).items()}
    groups = [r["Properties"] for r in templates["load_balancing.template.json"].values() if r["Type"].endswith("::TargetGroup")]
    assert {(group["Protocol"], group["HealthCheckProtocol"]) for group in groups} == {("HTTPS", "HTTPS"), ("TCP", "HTTPS")}
    listeners = [r["Properties"] for r in templates["load_balancing.template.json"].values() if r["Type"].endswith("::Listener")]
    assert {(listener["Protocol"], listener["Port"]) for listener in listeners} == {("HTTPS", 443), ("TCP", 443)}
    methods = [r["Properties"] for r in templates["api.template.json"].values() if r["Type"].endswith("::Method")]
    assert {method["Integration"]["Uri"]["Fn::Sub"][0].partition(":")[0] for method in methods} == {"https"}
    [definition] = [r["Properties"] for r in templates["service.template.json"].values() if r["Type"].endswith("::TaskDefinition")]
    [app] = [container for container in definition["ContainerDefinitions"] if container["Name"] == "app"]
    assert {"Name": "TLS", "Value": "on"} in app["Environment"]


def test_two_ports_of_one_pair_are_two_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    table = flows.flows(shipped("dev"))
    first = table[0]
    both = [*table, first._replace(port=8443, why="Another port")]
    monkeypatch.setattr(network_layer, "flows", lambda _: both)
    found = json.loads(render(shipped("dev"))["network.template.json"])["Resources"]
    titles = {title for title in found if title.startswith("NlbToAlb")}
    assert titles == {"NlbToAlbEgress", "NlbToAlbIngress", "NlbToAlb8443Egress", "NlbToAlb8443Ingress"}
