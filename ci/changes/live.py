"""What is deployed: the templates of the root stack and of those that it nests, and what only AWS knows of them, read through boto3."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ci.changes.known import Known, Now
from ci.model import UnusableInputError
from ci.model.deployment import SUFFIX
from ci.model.resolver import STACK
from facts.constraints.values import STUCK
from templates import names
from templates.settings import Environment

if TYPE_CHECKING:
    from botocore.client import BaseClient

RULE, DATABASE = "AWS::ElasticLoadBalancingV2::ListenerRule", "AWS::RDS::DBInstance"
# A stack in these states has no resources.
EMPTY = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")


STACKS = {"root": names.stack, "bootstrap": names.bootstrap_stack, "account": names.account_stack}


class Deployed(NamedTuple):
    """The templates by layer; none where nothing is deployed."""

    templates: dict[str, dict[str, Any]]
    title: str
    known: Known
    # What nobody could look at.
    notice: str


def deployed(environment: Environment, stacks: Collection[str] = tuple(STACKS)) -> Deployed:
    """Read what stands of these stacks in the account and region of the current credentials; raises UnusableInputError."""
    try:
        import boto3  # noqa: PLC0415 half a second that only this needs
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 the same
    except ImportError:
        raise UnusableInputError("What is deployed is read through boto3, which is not installed: make deploy-tools, then again.") from None
    try:
        session = boto3.Session(region_name=environment.region)
        return _deployed(environment, stacks, session.client("cloudformation"), session.client("elbv2"), session.client("rds"))
    except (BotoCoreError, ClientError) as error:
        raise UnusableInputError(f"What is deployed cannot be read: {error}; check the credentials and the region.") from None


def _deployed(
    environment: Environment, stacks: Collection[str], cloudformation: BaseClient, balancing: BaseClient, rds: BaseClient
) -> Deployed:
    templates: dict[str, dict[str, Any]] = {}
    rules: list[str] = []
    databases: dict[str, str] = {}
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
            kinds = {resource["Type"] for resource in templates[layer].get("Resources", {}).values()}
            if RULE in kinds:
                rules += _resources(cloudformation, physical, RULE).values()
            if DATABASE in kinds:
                databases |= {f"{layer}.{name}": each for name, each in _resources(cloudformation, physical, DATABASE).items()}
    title = f"what is deployed as {names.stack(environment)}" if root else f"nothing: there is no stack {names.stack(environment)}"
    instances, notice = _instances(rds, databases)
    known = Known(
        any(_green_is_live(balancing, rule) for rule in rules),
        {label: _actual(instance) for label, instance in instances.items()},
        {label: tuple(_now(instance)) for label, instance in instances.items()},
    )
    return Deployed(templates, title, known, notice)


def _instances(rds: BaseClient, databases: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """What RDS says of each database, by label; and a sentence where it may not be asked."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 see above

    found = {}
    for label, identifier in databases.items():
        try:
            [found[label]] = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "DBInstanceNotFound":
                return {}, f"{label} is gone: somebody deleted {identifier} outside of its stack."
            if not code.startswith(("AccessDenied", "UnauthorizedOperation")):
                raise
            return {}, "What RDS does with the database at the moment is not known: these credentials lack rds:DescribeDBInstances."
    return found, ""


def _actual(instance: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from the template's, or are not in it: grown storage, and the zones that RDS chose."""
    names = ("AllocatedStorage", "AvailabilityZone", "SecondaryAvailabilityZone")
    return {name: str(instance[name]) for name in names if name in instance}


def _now(instance: Mapping[str, Any]) -> Iterator[Now]:
    """What RDS does with a database at the moment.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
    https://github.com/aws/aws-cdk/issues/29916
    """
    status = instance["DBInstanceStatus"]
    if status == "storage-optimization":
        sentence = "would change its storage while RDS still optimizes the last change, which takes six hours or more: wait until it has"
        yield Now("fails", sentence, ("AllocatedStorage", "Iops", "StorageThroughput", "StorageType"), STUCK)
    if status in ("stopped", "stopping"):
        yield Now("fails", "is stopped, and RDS changes no instance that is: start it first")
    if any(group.get("ParameterApplyStatus") == "pending-reboot" for group in instance.get("DBParameterGroups", ())):
        sentence = "has parameters that wait for a restart: CloudFormation restarts it with any change, and requests fail meanwhile"
        yield Now("interrupts", sentence)


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
