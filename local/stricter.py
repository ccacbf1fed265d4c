"""Makes ministack refuse what CloudFormation refuses, and adds the resource types that it lacks.

What is exchanged stands in `make_stricter`; all else, from change sets to IAM's evaluation, is ministack's own.
"""

import asyncio
import base64
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from cfnlint.jsonschema import StandardValidator
from cfnlint.jsonschema._format import cfn_format_checker
from cfnlint.rules.formats.AcmCertificateArn import AcmCertificateArn
from cfnlint.rules.formats.IamRoleArn import IamRoleArn
from cfnlint.rules.formats.ImageId import ImageId
from cfnlint.rules.formats.LogGroupName import LogGroupName
from cfnlint.rules.formats.SecurityGroupId import SecurityGroupId
from cfnlint.rules.formats.SnsTopicArn import SnsTopicArn
from cfnlint.rules.formats.SubnetId import SubnetId
from cfnlint.rules.formats.VpcId import VpcId
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from ministack import app
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation, cognito, rds, secretsmanager, sts
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

from local.quotas import add_quotas
from local.references import references

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]

# The types of our stacks that ministack lacks, and what Ref answers for each.
LACKING = {
    "AWS::ApiGateway::VpcLink": "{id}",
    "AWS::ApiGatewayV2::VpcLink": "{id}",
    "AWS::ApplicationAutoScaling::ScalableTarget": "{ResourceId}|{ScalableDimension}|{ServiceNamespace}",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{id}:policyName/{PolicyName}",
    "AWS::Budgets::Budget": "budget-{id}",
    "AWS::Chatbot::SlackChannelConfiguration": "arn:aws:chatbot::{account}:chat-configuration/slack-channel/{ConfigurationName}",
    "AWS::EC2::FlowLog": "fl-{id}",
    "AWS::EC2::Instance": "i-{id}",
    "AWS::EC2::SecurityGroupEgress": "sgr-{id}",
    "AWS::EC2::SecurityGroupIngress": "sgr-{id}",
    "AWS::IAM::OIDCProvider": "arn:aws:iam::{account}:oidc-provider/{Url}",
    "AWS::WAFv2::LoggingConfiguration": "{ResourceArn}",
    "AWS::WAFv2::WebACLAssociation": "{WebACLArn}|{ResourceArn}",
}

# The formats that the schemas name without saying what they are.
FORMATS = (AcmCertificateArn, IamRoleArn, ImageId, LogGroupName, SecurityGroupId, SnsTopicArn, SubnetId, VpcId)


def make_stricter() -> None:
    """Exchange the functions; once, before the server starts."""
    for rule in (kind() for kind in FORMATS):
        cfn_format_checker.checkers[str(rule.format_keyword)] = (re.compile(rule.pattern).match, ())  # type: ignore[assignment]  # any callable will do
    every: dict[str, Stored] = {}
    for kind, pattern in LACKING.items():
        stored = Stored(kind, pattern)
        provisioners._RESOURCE_HANDLERS[kind] = {"create": stored.create, "update": stored.update, "delete": stored.delete}
        every[kind] = stored
    add_quotas(lambda kind: every[kind].standing())
    provisioners._RESOURCE_HANDLERS["AWS::RDS::DBInstance"] = _database | {"create": create_database, "delete": delete_database}
    exchanged = {
        "_parse_template": parse_template,
        "_resolve_parameters": resolve_parameters,
        "_provision_resource": provision_resource,
        "_update_resource": update_resource,
        "_cw_metric_alarm_record": alarm_record,
        "_add_event": add_event,
    }
    # Each in every module that imported it by name.
    for module in (changesets, engine, handlers, provisioners, stacks):
        for name, function in exchanged.items():
            if hasattr(module, name):
                setattr(module, name, function)
    cloudformation.handle_request = answer_when_done
    sts._web_identity_principal = web_identity
    # Its own are too short for our pool's policy; Cognito's follow the policy.
    cognito._generate_temp_password = lambda: f"aA1-{secrets.token_urlsafe(24)}"
    # Policies that ask for TLS: loopback is as good.
    app.pin_request_origin = lambda address, _: _pin_request_origin(address, True)


_database = provisioners._RESOURCE_HANDLERS["AWS::RDS::DBInstance"]
_parse_template = engine._parse_template
_resolve_parameters = engine._resolve_parameters
_provision_resource = provisioners._provision_resource
_update_resource = provisioners._update_resource
_alarm_record = provisioners._cw_metric_alarm_record
_add_event = stacks._add_event
_handle_request = cloudformation.handle_request
_pin_request_origin = app.pin_request_origin
_web_identity_principal = sts._web_identity_principal


def web_identity(token: str, provider_id: str, role_arn: str) -> tuple[str, Properties]:
    """Conditions may ask for every claim of a token, as STS allows since January 2026.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    principal, keys = _web_identity_principal(token, provider_id, role_arn)
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    host = str(claims.get("iss", "")).partition("://")[2]
    return principal, keys | {f"{host}:{name}".lower(): value for name, value in claims.items() if isinstance(value, str)}


def parse_template(body: str) -> Properties:
    """Refuse references to nothing."""
    template: Properties = _parse_template(body)
    known = {*template.get("Parameters", {}), *template.get("Resources", {})}
    used = {name for name in references([template.get("Resources"), template.get("Outputs")]) if not name.startswith("AWS::")}
    if unknown := sorted(used - known):
        raise ValueError(f"Unresolved resource dependencies [{', '.join(unknown)}] in the Resources block of the template")
    return template


def resolve_parameters(template: Properties, provided: list[Properties], previous: Properties | None = None) -> Any:
    """Refuse values for parameters that the template does not have."""
    if unknown := sorted({given["Key"] for given in provided} - set(template.get("Parameters", {}))):
        raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    return _resolve_parameters(template, provided, previous)


def provision_resource(kind: str, logical_id: str, properties: Properties, stack: str) -> Created:
    """Create what the schema allows."""
    check(kind, properties)
    created: Created = _provision_resource(kind, logical_id, properties, stack)
    return created


def create_database(logical_id: str, properties: Properties, stack: str) -> Created:
    """With the secret that RDS makes."""
    physical_id, attributes = _database["create"](logical_id, properties, stack)
    if properties.get("ManageMasterUserPassword"):
        login = {"username": properties.get("MasterUsername"), "password": secrets.token_hex(16)}
        answer = secretsmanager._create_secret({"Name": managed_secret(attributes), "SecretString": json.dumps(login)})
        attributes["MasterUserSecret.SecretArn"] = json.loads(answer[2])["ARN"]
    return physical_id, attributes


def delete_database(physical_id: str, properties: Properties) -> None:
    """And its secret; not one that is protected."""
    if rds._instances[physical_id].get("DeletionProtection"):
        raise ValueError(f"Cannot delete protected DB Instance {physical_id}, please disable deletion protection and try again")
    secretsmanager._delete_secret({"SecretId": managed_secret(rds._instances[physical_id]), "ForceDeleteWithoutRecovery": True})
    _database["delete"](physical_id, properties)


def managed_secret(instance: Properties) -> str:
    """The name of the secret that RDS keeps for an instance."""
    return f"rds!{instance['DbiResourceId'].lower()}"


def update_resource(  # noqa: PLR0917 as ministack calls it
    kind: str, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str = "", _: Properties | None = None
) -> Created:
    """Update to what the schema allows; attributes that the update does not answer stay as they were."""
    check(kind, new)
    before = cloudformation._stacks[stack]["_resources"].get(logical_id, {}).get("Attributes", {})
    new_id, attributes = _update_resource(kind, physical_id, old, new, stack, logical_id, before)
    return new_id, (before | attributes if new_id == physical_id else attributes)


def check(kind: str, properties: Properties) -> None:
    """Refuse what the type's schema in the CloudFormation registry refuses; references are values by now."""
    errors = StandardValidator(PROVIDER_SCHEMA_MANAGER.get_resource_schema(get_region(), kind).schema).iter_errors(properties)
    # CloudFormation makes a string of a number where a string is expected.
    found = [error for error in errors if not (error.validator == "type" and isinstance(error.instance, int | float))]
    if found:
        reasons = "; ".join(f"{'/'.join(map(str, error.path))}: {error.message}" for error in found)
        raise ValueError(f"Properties validation failed for a resource of type {kind}: {reasons}")


def alarm_record(name: str, properties: Properties) -> Any:
    """Accept metric math, which ministack does not know: the rest of such an alarm is kept."""
    if "Metrics" in properties:
        properties = {key: value for key, value in properties.items() if key != "Metrics"} | {
            "MetricName": "Metrics",
            "Namespace": "Metrics",
        }
    return _alarm_record(name, properties)


def add_event(  # noqa: PLR0917 as ministack calls it
    stack_id: str, stack: str, logical_id: str, kind: str, status: str, reason: str = "", physical_id: str = "", *rest: str, **more: str
) -> None:
    """With the physical id of what is there already, as CloudFormation says it.

    And say in the parent which stack was begun for a layer, too: one that fails would be known nowhere.
    """
    there = cloudformation._stacks.get(stack, {}).get("_resources", {}).get(logical_id, {})
    _add_event(stack_id, stack, logical_id, kind, status, reason, physical_id or there.get("PhysicalResourceId", ""), *rest, **more)
    parent = cloudformation._stacks.get(stack, {}).get("_parent_stack_name")
    if parent and stack == logical_id and status == "CREATE_IN_PROGRESS":
        # <parent>-<logical id>-<12 characters>
        layer, parent_id = stack[len(parent) + 1 : -13], cloudformation._stacks[stack]["ParentId"]
        _add_event(parent_id, parent, layer, kind, status, "Resource creation Initiated", stack_id)


async def answer_when_done(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> Any:
    """Let who asks for stacks wait until none is in progress: the CLI would ask again only 30 seconds later."""
    while b"Action=DescribeStacks&" in body + b"&" and any(busy(stack) for stack in cloudformation._stacks.values()):
        await asyncio.sleep(0.05)
    return await _handle_request(method, path, headers, body, query)


def busy(stack: Properties) -> bool:
    """A change set that was not executed leaves a stack in review; a nested stack is done when its root is."""
    status = stack["StackStatus"]
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS" and "_parent_stack_name" not in stack


class Stored:
    """A resource type that does nothing but keep its properties; GetAtt answers its identifier alone."""

    def __init__(self, kind: str, pattern: str) -> None:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        self.pattern = pattern
        self.create_only = [path.split("/")[2] for path in schema.get("createOnlyProperties", [])]
        self.attributes = [path.split("/")[-1] for path in schema["primaryIdentifier"] if path in schema.get("readOnlyProperties", [])]
        self.properties: dict[str, Properties] = {}
        self.places: dict[str, tuple[str, str]] = {}

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> Created:
        """Name it and keep its properties."""
        values = {"id": secrets.token_hex(9)[:17], "region": get_region(), "account": get_account_id()}
        physical_id = self.pattern.format_map(values | properties)
        if physical_id in self.properties:
            raise ValueError(f"{physical_id} already exists")
        self.properties[physical_id] = properties
        self.places[physical_id] = (get_account_id(), get_region())
        return physical_id, dict.fromkeys(self.attributes, physical_id)

    def standing(self) -> list[str]:
        """The physical ids in the account and region that ask."""
        return [physical_id for physical_id in self.properties if self.places[physical_id] == (get_account_id(), get_region())]

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
        """In place, or by a new one where the registry's schema says so."""
        if any(old.get(name) != new.get(name) for name in self.create_only):
            created = self.create("", new, stack)
            self.delete(physical_id, old)
            return created
        self.properties[physical_id] = new
        return physical_id, {}

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Forget it; it must be there."""
        del self.properties[physical_id]
