"""The endpoint refuses what CloudFormation refuses: each test breaks the rendered templates, and sees why they do not deploy."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.deployment.account import Account, CommandError, NotDeployedError
from tests.deployment.dev import STACK, rendered

Templates = dict[str, dict[str, Any]]


def lose_parameter(templates: Templates) -> None:
    del templates["service"]["Parameters"]["DatabaseHost"]


def pass_too_little(templates: Templates) -> None:
    del templates["root"]["Resources"]["Service"]["Properties"]["Parameters"]["DatabaseHost"]


def pass_too_much(templates: Templates) -> None:
    templates["root"]["Resources"]["Service"]["Properties"]["Parameters"]["Unknown"] = "value"


def lose_output(templates: Templates) -> None:
    del templates["network"]["Outputs"]["VpcId"]


def lose_resource(templates: Templates) -> None:
    del templates["network"]["Resources"]["ServiceRouteTable"]


def misspell_attribute(templates: Templates) -> None:
    templates["database"]["Outputs"]["DatabaseHost"]["Value"] = {"Fn::GetAtt": ["Instance", "Endpoint.Adress"]}


def misspell_property(templates: Templates) -> None:
    templates["database"]["Resources"]["Instance"]["Properties"]["MultiAz"] = True


def lose_required_property(templates: Templates) -> None:
    del templates["network"]["Resources"]["FlowLog"]["Properties"]["ResourceId"]


def join_a_list(templates: Templates) -> None:
    templates["load_balancing"]["Parameters"]["IngressSubnetIds"]["Type"] = "String"


def wire_another_value(templates: Templates) -> None:
    templates["root"]["Resources"]["Endpoints"]["Properties"]["Parameters"]["VpcId"] = {"Fn::GetAtt": ["Network", "Outputs.DataSubnetIds"]}


def invent_a_type(templates: Templates) -> None:
    templates["bastion"]["Resources"]["Profile"]["Type"] = "AWS::IAM::Profile"


def wait_in_a_circle(templates: Templates) -> None:
    templates["root"]["Resources"]["Network"]["DependsOn"] = ["Service"]


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lose_parameter, r"Unresolved resource dependencies \[DatabaseHost\] in the Resources block"),
        (pass_too_little, "'DatabaseHost' has no Default and was not provided"),
        (pass_too_much, r"Parameters: \[Unknown\] do not exist in the template"),
        (lose_output, "Outputs.VpcId does not exist"),
        (lose_resource, r"Unresolved resource dependencies \[ServiceRouteTable\] in the Resources block"),
        (misspell_attribute, "Endpoint.Adress does not exist"),
        (misspell_property, "'MultiAz' was unexpected"),
        (lose_required_property, "'ResourceId' is a required property"),
        (join_a_list, "is not of type 'array'"),
        (wire_another_value, "is not a 'AWS::EC2::VPC.Id'"),
        (invent_a_type, "AWS::IAM::Profile"),
        (wait_in_a_circle, "[Cc]irc"),
    ],
)
def test_what_is_broken_does_not_deploy(account: Account, tmp_path: Path, break_it: Callable[[Templates], None], reason: str) -> None:
    templates = {name: json.loads(text) for name, text in rendered(tmp_path).items()}
    break_it(templates)
    with pytest.raises(NotDeployedError, match=reason):
        account.deploy({name: json.dumps(template) for name, template in templates.items()}, STACK)


def test_parameters_have_patterns(account: Account, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="'ImageDigest' must be sha256: and 64 hexadecimal digits"):
        account.deploy(rendered(tmp_path), STACK, ImageDigest="latest")


def test_capabilities(account: Account, tmp_path: Path) -> None:
    """The boundary has a name."""
    (tmp_path / "bootstrap.json").write_text(rendered(tmp_path)["bootstrap"], encoding="utf-8")
    command = "aws cloudformation deploy --stack-name other --template-file bootstrap.json --capabilities"
    with pytest.raises(CommandError, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]"):
        account.shell(f"{command} CAPABILITY_IAM")
    account.shell(f"{command} CAPABILITY_NAMED_IAM")
