"""Makes ministack refuse what CloudFormation refuses, and adds the resource types that it lacks.

It is told in `replace` what is exchanged; all else, from change sets to rollbacks, is ministack's own.
"""

import asyncio
import re
import secrets
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from cfnlint.jsonschema import StandardValidator
from cfnlint.jsonschema._format import cfn_format_checker
from cfnlint.rules.formats.AcmCertificateArn import AcmCertificateArn
from cfnlint.rules.formats.FormatKeyword import FormatKeyword
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
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

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
    "AWS::RDS::EventSubscription": "subscription-{id}",
    "AWS::WAFv2::LoggingConfiguration": "{ResourceArn}",
    "AWS::WAFv2::WebACLAssociation": "{WebACLArn}|{ResourceArn}",
}
FORMATS: tuple[type[FormatKeyword], ...] = (AcmCertificateArn, IamRoleArn, ImageId, LogGroupName, SecurityGroupId, SnsTopicArn, SubnetId, VpcId)


def make_stricter() -> None:
    """Exchange the functions; once, before the server starts."""
    for kind in FORMATS:
        rule = kind()
        cfn_format_checker.checkers[str(rule.format_keyword)] = (re.compile(rule.pattern).match, ())
    for name, pattern in LACKING.items():
        provisioners._RESOURCE_HANDLERS[name] = _Stored(name, pattern).handlers()
    _parse_template = engine._parse_template
    _resolve_parameters = engine._resolve_parameters
    _handle, _pin = cloudformation.handle_request, app.pin_request_origin
    _alarm = provisioners._cw_metric_alarm_record
    _provision, _update = provisioners._provision_resource, provisioners._update_resource

    def parse(body: str) -> Any:
        template = _parse_template(body)
        if unknown := sorted(set(_unresolved(template))):
            raise ValueError(f"Unresolved resource dependencies [{', '.join(unknown)}] in the Resources block of the template")
        return template

    def resolve_parameters(template: Properties, provided: list[Properties], previous: Properties | None = None) -> Any:
        if unknown := sorted({given["Key"] for given in provided} - set(template.get("Parameters", {}))):
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        return _resolve_parameters(template, provided, previous)

    def provision(kind: str, logical_id: str, properties: Properties, stack: str) -> Created:
        _check(kind, properties)
        physical_id, attributes = _provision(kind, logical_id, properties, stack)
        return physical_id, attributes | _missing_attributes(kind, properties, attributes)

    def update(
        kind: str,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack: str,
        logical_id: str = "",
        _attributes: Properties | None = None,
    ) -> Created:
        _check(kind, new)
        known = cloudformation._stacks[stack]["_resources"].get(logical_id, {}).get("Attributes", {})
        new_id, attributes = _update(kind, physical_id, old, new, stack, logical_id, known)
        return new_id, (known if new_id == physical_id else {}) | attributes

    def alarm(name: str, properties: Properties) -> Any:
        # It has no metric math: the rest of such an alarm is kept.
        math = {"MetricName": "Metrics", "Namespace": "Metrics"} if "Metrics" in properties else {}
        return _alarm(name, {key: value for key, value in properties.items() if key != "Metrics"} | math)

    async def answer_when_done(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> Any:
        # The CLI asks every 30 seconds: who asks for stacks waits until none is in progress.
        while b"Action=DescribeStacks&" in body + b"&" and any(_busy(stack) for stack in cloudformation._stacks.values()):
            await asyncio.sleep(0.05)
        return await _handle(method, path, headers, body, query)

    replace("_cw_metric_alarm_record", alarm)
    replace("_parse_template", parse)
    replace("_resolve_parameters", resolve_parameters)
    replace("_provision_resource", provision)
    replace("_update_resource", update)
    setattr(cloudformation, "handle_request", answer_when_done)
    # Policies that ask for TLS: loopback is as good.
    setattr(app, "pin_request_origin", lambda address, _: _pin(address, True))


def _busy(stack: Properties) -> bool:
    # A change set that was not executed leaves a stack in review.
    return stack["StackStatus"].endswith("_IN_PROGRESS") and stack["StackStatus"] != "REVIEW_IN_PROGRESS"


def replace(name: str, function: Any) -> None:
    """Exchange a function in each of the modules that imported it by name."""
    modules: tuple[ModuleType, ...] = (changesets, engine, handlers, provisioners, stacks)
    for module in modules:
        if hasattr(module, name):
            setattr(module, name, function)


def _check(kind: str, properties: Properties) -> None:
    """Refuse what the type's schema in the CloudFormation registry refuses; references are values by now."""
    errors = StandardValidator(PROVIDER_SCHEMA_MANAGER.get_resource_schema(get_region(), kind).schema).iter_errors(properties)
    # CloudFormation makes a string of a number where a string is expected.
    found = [error for error in errors if not (error.validator == "type" and isinstance(error.instance, int | float))]
    if found:
        reasons = "; ".join(f"{'/'.join(map(str, error.path))}: {error.message}" for error in found)
        raise ValueError(f"Properties validation failed for a resource of type {kind}: {reasons}")


def _unresolved(template: Properties) -> Iterator[str]:
    """Names that a reference uses and the template does not have."""
    known = {*template.get("Parameters", {}), *template.get("Resources", {})}
    for name in _references([template.get("Resources"), template.get("Outputs")], frozenset()):
        if name not in known and not name.startswith("AWS::"):
            yield name


def _references(node: Any, local: frozenset[str]) -> Iterator[str]:
    match node:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": [str(text), dict(variables)]}:
            yield from _references(list(variables.values()), local)
            yield from _references({"Fn::Sub": text}, local | set(variables))
        case {"Fn::Sub": str(text)}:
            yield from (found.partition(".")[0] for found in re.findall(r"\$\{([^!}][^}]*)}", text) if found not in local)
        case dict():
            for key, value in node.items():
                yield from [str(value)] if key == "DependsOn" and isinstance(value, str) else _references(value, local)
        case list():
            for value in node:
                yield from _references(value, local)


def _missing_attributes(kind: str, properties: Properties, attributes: Mapping[str, Any]) -> dict[str, str]:
    """What ministack does not answer for a type that it has."""
    if kind == "AWS::RDS::DBInstance" and properties.get("ManageMasterUserPassword"):
        arn = f"arn:aws:secretsmanager:{get_region()}:{get_account_id()}:secret:rds!{attributes['DbiResourceId'].lower()}"
        return {"MasterUserSecret.SecretArn": arn}
    return {}


class _Stored:
    """A resource type that does nothing but keep its properties; GetAtt answers its identifier alone."""

    def __init__(self, kind: str, pattern: str) -> None:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        self.pattern = pattern
        self.create_only = [path.split("/")[2] for path in schema.get("createOnlyProperties", [])]
        self.attributes = [path.split("/")[-1] for path in schema["primaryIdentifier"] if path in schema.get("readOnlyProperties", [])]
        self.properties: dict[str, Properties] = {}

    def handlers(self) -> dict[str, Any]:
        """As ministack calls them."""
        return {"create": self.create, "update": self.update, "delete": self.delete}

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> Created:
        """Name it and keep its properties."""
        values = {"id": secrets.token_hex(9)[:17], "region": get_region(), "account": get_account_id()}
        physical_id = self.pattern.format_map(values | properties)
        if physical_id in self.properties:
            raise ValueError(f"{physical_id} already exists")
        self.properties[physical_id] = properties
        return physical_id, dict.fromkeys(self.attributes, physical_id)

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
