"""What is deployed: the templates of the root stack and of those that it nests, read through boto3."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from ci.model import UnusableInputError
from ci.model.deployment import SUFFIX
from ci.model.resolver import STACK
from templates import names
from templates.settings import Environment

if TYPE_CHECKING:
    from botocore.client import BaseClient

# A stack in these states has no resources.
EMPTY = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")


STACKS = {"root": names.stack, "bootstrap": names.bootstrap_stack, "account": names.account_stack}


class Deployed(NamedTuple):
    """The templates by layer; none where nothing is deployed."""

    templates: dict[str, dict[str, Any]]
    title: str
    green_is_live: bool


def deployed(environment: Environment, stacks: Collection[str] = tuple(STACKS)) -> Deployed:
    """Read what stands of these stacks in the account and region of the current credentials; raises UnusableInputError."""
    try:
        import boto3  # noqa: PLC0415 half a second that only this needs
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 the same
    except ImportError:
        raise UnusableInputError("What is deployed is read through boto3, which is not installed: make deploy-tools, then again.") from None
    try:
        session = boto3.Session(region_name=environment.region)
        return _deployed(environment, stacks, session.client("cloudformation"), session.client("elbv2"))
    except (BotoCoreError, ClientError) as error:
        raise UnusableInputError(f"What is deployed cannot be read: {error}; check the credentials and the region.") from None


def _deployed(environment: Environment, stacks: Collection[str], cloudformation: BaseClient, balancing: BaseClient) -> Deployed:
    templates: dict[str, dict[str, Any]] = {}
    rules: list[str] = []
    for layer in stacks:
        if (template := _template(cloudformation, STACKS[layer](environment))) is not None:
            templates[layer] = template
    if root := templates.get("root"):
        standing = _resources(cloudformation, names.stack(environment), STACK)
        if root["Resources"].keys() - standing.keys():
            # A first deployment that failed and stayed: no outputs, and no layers that were never begun.
            root.pop("Outputs", None)
        root["Resources"] = {title: nested for title, nested in root["Resources"].items() if title in standing}
        for title, physical in standing.items():
            layer = re.sub(r"(?<!^)([A-Z])", r"_\1", title).lower()
            # Packaging put an address in the place of the file's name.
            root["Resources"][title].setdefault("Properties", {})["TemplateURL"] = f"{layer}{SUFFIX}"
            templates[layer] = _template(cloudformation, physical) or {}
            rules += _resources(cloudformation, physical, "AWS::ElasticLoadBalancingV2::ListenerRule").values()
    title = f"what is deployed as {names.stack(environment)}" if root else f"nothing: there is no stack {names.stack(environment)}"
    return Deployed(templates, title, any(_green_is_live(balancing, rule) for rule in rules))


def _template(cloudformation: BaseClient, stack: str) -> dict[str, Any] | None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 see above

    try:
        state = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        body = cloudformation.get_template(StackName=stack)["TemplateBody"] if state not in EMPTY else None
    except ClientError as error:
        # So CloudFormation says that there is no such stack.
        if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return None if body is None else as_written(body, stack)


def as_written(body: dict[str, Any] | str, stack: str) -> dict[str, Any]:
    """The template that `get_template` answers: boto3 decodes JSON by itself, and nothing else."""
    if not isinstance(body, str):
        # In the order in which it was written.
        decoded: dict[str, Any] = json.loads(json.dumps(body))
        return decoded
    import yaml  # noqa: PLC0415 only a deployed template needs it

    # `aws cloudformation package` uploads YAML for nested stacks, whatever they were written in.
    try:
        # The parser in C takes a tenth of the time.
        template: dict[str, Any] = yaml.load(body, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 both are safe
    except yaml.YAMLError as error:
        raise UnusableInputError(f"The template of {stack} cannot be read: {error}") from None
    return template


def _resources(cloudformation: BaseClient, stack: str, kind: str) -> dict[str, str]:
    """The physical ids of a stack's resources of one type."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in found
        if resource["ResourceType"] == kind and resource.get("PhysicalResourceId") and resource["ResourceStatus"] != "DELETE_COMPLETE"
    }


def _green_is_live(balancing: BaseClient, rule: str) -> bool:
    """Whether any target group but the rule's first has weight."""
    actions = balancing.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"]
    groups = [group for action in actions for group in action.get("ForwardConfig", {}).get("TargetGroups", [])]
    return any(group.get("Weight") for group in groups[1:])
