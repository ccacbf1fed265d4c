"""The model: functions resolve across stacks, and what cannot be known is an error."""

from typing import Any

import pytest

from ci.model import Deployment, Parameter, Reference, Text
from tests.deployments import settings

STACK = "AWS::CloudFormation::Stack"


def nested(value: Any, *, given: Any = None, parameter: str = "String") -> Deployment:
    """A resource `Target` in the stack `one`, and a resource with this value in the stack `two`, which is given what `one` puts out."""
    one = {
        "Parameters": {},
        "Resources": {"Target": {"Type": "AWS::EC2::VPC"}, "Other": {"Type": "AWS::EC2::VPC"}},
        "Outputs": {"Id": {"Value": {"Ref": "Target"}}, "Ids": {"Value": {"Fn::Join": [",", [{"Ref": "Target"}, {"Ref": "Other"}]]}}},
    }
    two = {
        "Parameters": {"Given": {"Type": parameter}},
        "Resources": {"User": {"Type": "T", "Properties": {"Value": value}}},
        "Outputs": {},
    }
    root = {
        "Parameters": {"Digest": {"Type": "String", "AllowedPattern": "x+"}},
        "Resources": {
            "One": {"Type": STACK, "Properties": {"TemplateURL": "one.template.json"}},
            "Two": {
                "Type": STACK,
                "Properties": {"TemplateURL": "two.template.json", "Parameters": {"Given": given or {"Fn::GetAtt": ["One", "Outputs.Id"]}}},
            },
        },
    }
    return Deployment({"root": root, "one": one, "two": two}, settings("prod"))


def value(deployment: Deployment) -> Any:
    assert deployment.problems == []
    return deployment.only("T").get("Value")


def test_a_parameter_is_the_output_that_feeds_it() -> None:
    deployment = nested({"Ref": "Given"})
    assert value(deployment) == Reference(deployment.templates["one"].resources["Target"])


def test_a_list_is_split_into_its_references() -> None:
    deployment = nested({"Ref": "Given"}, given={"Fn::GetAtt": "One.Outputs.Ids"}, parameter="CommaDelimitedList")
    assert [reference.resource.logical_id for reference in value(deployment)] == ["Target", "Other"]


def test_select_split_join_and_sub() -> None:
    assert value(nested({"Fn::Select": ["1", {"Fn::Split": ["-", "a-b-c"]}]})) == "b"
    assert value(nested({"Fn::Join": ["/", ["a", {"Ref": "AWS::Region"}]]})) == "a/us-east-1"
    assert value(nested({"Fn::Sub": "${!literal} ${AWS::Partition}"})) == "${literal} aws"
    assert value(nested({"Fn::Sub": ["${name}!", {"name": {"Fn::Sub": "${AWS::Region}"}}]})) == "us-east-1!"
    text = value(nested({"Fn::Sub": "arn:${Given}/x"}))
    assert isinstance(text, Text)
    assert str(text) == "arn:${one.Target.Ref}/x"


def test_cidr_cuts_blocks() -> None:
    assert value(nested({"Fn::Cidr": ["10.0.0.0/16", 3, 13]})) == ["10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"]
    assert value(nested({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/24", "6", "5"]}]})) == "10.0.0.32/27"
    assert value(nested({"Fn::Cidr": ["fd00::/56", 2, 64]})) == ["fd00::/64", "fd00:0:0:1::/64"]
    deployment = nested({"Fn::Cidr": [{"Ref": "Given"}, 1, 8]}, given={"Fn::GetAtt": ["One", "Outputs.Block"]})
    raw = {name: template.raw for name, template in deployment.templates.items()}
    raw["one"]["Resources"]["Target"]["Properties"] = {"CidrBlock": "10.9.0.0/16"}
    raw["one"]["Outputs"]["Block"] = {"Value": {"Fn::GetAtt": ["Target", "CidrBlock"]}}
    assert value(Deployment(raw, settings("prod"))) == ["10.9.0.0/24"]


def test_a_typed_list_is_split_too() -> None:
    deployment = nested({"Ref": "Given"}, given={"Fn::GetAtt": "One.Outputs.Ids"}, parameter="List<AWS::EC2::Subnet::Id>")
    assert len(value(deployment)) == 2


def test_a_parameter_of_the_root_stays_a_symbol_with_its_pattern() -> None:
    assert value(nested({"Ref": "Given"}, given={"Ref": "Digest"})) == Parameter("Digest", "x+")


def test_no_value_is_left_out() -> None:
    assert value(nested({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]})) == {"b": [1]}


def test_a_stack_waits_for_what_feeds_it() -> None:
    deployment = nested({"Ref": "Given"})
    user, target = deployment.only("T"), deployment.templates["one"].resources["Target"]
    assert deployment.waits(user, target)
    assert not deployment.waits(target, user)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"Ref": "Nothing"}, "Nothing is neither a resource nor a parameter"),
        ({"Fn::GetAtt": ["Nothing", "Arn"]}, "Nothing is neither"),
        ({"Fn::Sub": "${Nothing.Arn}"}, "Nothing is neither"),
        ({"Fn::ImportValue": "x"}, "has no place in these templates"),
        ({"Fn::If": ["a", "b", "c"]}, "has no place in these templates"),
        ({"Fn::Select": [9, ["a"]]}, "arguments that it does not take"),
        ({"Fn::Select": [-1, ["a"]]}, "arguments that it does not take"),
        ({"Fn::Select": [0, "abc"]}, "is no list"),
        ({"Fn::Join": ["", "abc"]}, "is no list"),
        ({"Fn::Join": ["", [["a"]]]}, "is no text"),
        ({"Fn::Split": ["/", {"Ref": "Given"}]}, "only AWS knows where"),
        ({"Fn::Cidr": ["10.0.0.0/16", 2]}, "arguments that it does not take"),
        ({"Fn::Cidr": ["10.0.0.0/24", 3, 7]}, "room for 2 such blocks"),
        ({"Fn::Cidr": ["10.0.0.1/24", 1, 7]}, "has host bits set"),
        ({"Fn::Cidr": [{"Ref": "Given"}, 1, 8]}, "arguments that it does not take"),
        ({"Fn::FindInMap": ["a", "b", "c"]}, "Fn::FindInMap has no place in these templates"),
        ({"Fn::GetAZs": ""}, "Fn::GetAZs has no place"),
        ({"Fn::Base64": "a"}, "Fn::Base64 has no place"),
        ({"Fn::Length": ["a"]}, "Fn::Length has no place"),
        ({"Fn::ToJsonString": {}}, "Fn::ToJsonString has no place"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "Fn::Transform has no place"),
        ({"Fn::Equals": ["a", "a"]}, "Fn::Equals has no place"),
        ({"a": 1, "Fn::ForEach::Each": ["x", ["y"], {}]}, "Fn::ForEach::Each has no place"),
        ({"Condition": "IsProduction"}, "Condition has no place"),
        ({"Ref": "AWS::NotificationARNs"}, "is neither a resource nor a parameter"),
    ],
)
def test_what_cannot_be_resolved_is_a_problem(broken: Any, sentence: str) -> None:
    assert sentence in nested(broken).problems[0].sentence


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        (("one", "Conditions"), "has Conditions, which have no place here"),
        (("one", "Mappings"), "has Mappings"),
        (("two", "Transform"), "has Transform"),
        (("one", "Resources", "Target", "Condition"), "has a Condition"),
        (("one", "Outputs", "Id", "Condition"), "output Id: has a Condition"),
    ],
)
def test_what_would_be_chosen_while_it_deploys_is_a_problem(where: tuple[str, ...], sentence: str) -> None:
    raw = {name: template.raw for name, template in nested("x").templates.items()}
    *path, last = where
    place: Any = raw
    for step in path:
        place = place[step]
    place[last] = "IsProduction"
    assert any(sentence in problem.sentence for problem in Deployment(raw, settings("prod")).problems)


def test_what_parameter_store_keeps_is_a_problem() -> None:
    deployment = nested({"Ref": "Given"}, given="/path", parameter="AWS::SSM::Parameter::Value<String>")
    assert "read from Parameter Store when it is deployed" in deployment.problems[0].sentence


def test_the_same_of_a_parameter_of_the_root() -> None:
    raw = {name: template.raw for name, template in nested({"Ref": "Given"}, given={"Ref": "Digest"}).templates.items()}
    raw["root"]["Parameters"]["Digest"] = {"Type": "AWS::SSM::Parameter::Value<String>"}
    assert "read from Parameter Store when it is deployed" in Deployment(raw, settings("prod")).problems[0].sentence


def test_an_output_that_is_not_there_is_a_problem() -> None:
    deployment = nested({"Ref": "Given"}, given={"Fn::GetAtt": ["One", "Outputs.Missing"]})
    assert "one.template.json has no output Missing" in deployment.problems[0].sentence


def test_stacks_that_wait_for_each_other_are_a_problem() -> None:
    deployment = nested({"Ref": "Given"}, given={"Fn::GetAtt": ["Two", "Outputs.Echo"]})
    raw = {name: template.raw for name, template in deployment.templates.items()}
    raw["two"]["Outputs"] = {"Echo": {"Value": {"Ref": "Given"}}}
    assert any("waits for itself" in problem.sentence for problem in Deployment(raw, settings("prod")).problems)
