"""CloudFormation's stacks of an environment."""

from collections.abc import Mapping
from typing import NamedTuple

from botocore.exceptions import ClientError

from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError


class Stack(NamedTuple):
    """A stack that exists."""

    id: str
    name: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    protected: bool


def find(deployed: Deployed, name: str) -> Stack | None:
    """The stack of this name or id; None where there is none, or only what is left of a deleted one."""
    try:
        [found] = deployed.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    if found["StackStatus"] == "DELETE_COMPLETE":
        return None
    return Stack(
        found["StackId"],
        found["StackName"],
        found["StackStatus"],
        {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])},
        {given["ParameterKey"]: given["ParameterValue"] for given in found.get("Parameters", [])},
        found.get("EnableTerminationProtection", False),
    )


def root(deployed: Deployed) -> Stack:
    """The root stack; raises RefusedError where there is none, or where it never came to have outputs."""
    stack = find(deployed, deployed.stack)
    if stack is None:
        raise RefusedError(
            f"{deployed.stack} is not deployed in {deployed.region}. Next: python -m ci deploy {deployed.name} --image VERSION"
        )
    if not stack.outputs:
        raise RefusedError(f"{deployed.stack} is not deployed: its status is {stack.status}. Next: python -m ci status {deployed.name}")
    return stack


def resources(deployed: Deployed, stack: str) -> dict[str, str]:
    """The physical ids of a stack's resources by their logical ids."""
    described = deployed.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return {resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "") for resource in described}


def is_busy(status: str) -> bool:
    """Whether CloudFormation is at work; a change set that nobody executed waits for ever."""
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def next_step(deployed: Deployed, status: str) -> str | None:
    """What must be done before this root stack can be deployed to; None where nothing must."""
    name, where = deployed.stack, f"--stack-name {deployed.stack} --region {deployed.region}"
    role = f"--role-arn {execution_role}" if (execution_role := _execution_role(deployed)) else ""
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
        return f"delete what is left of {name}, nothing can be deployed onto it: aws cloudformation delete-stack {where} {role}".rstrip()
    if status == "UPDATE_ROLLBACK_FAILED":
        return f"let the rollback go on: aws cloudformation continue-update-rollback {where} {role}".rstrip()
    if is_busy(status):
        return f"wait until CloudFormation is done with {name}: python -m ci status {deployed.name}"
    return None


def call_off(deployed: Deployed, status: str, role: str) -> str | None:
    """The command that ends what CloudFormation is doing with the root stack; None where there is none.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-update-cancel.html
    """
    where = f"--stack-name {deployed.stack} --region {deployed.region}"
    # Only an update can be cancelled.
    commands = {"CREATE_IN_PROGRESS": f"delete-stack {where} --role-arn {role}", "UPDATE_IN_PROGRESS": f"cancel-update-stack {where}"}
    return f"aws cloudformation {commands[status]}" if status in commands else None


def _execution_role(deployed: Deployed) -> str | None:
    bootstrap = find(deployed, deployed.bootstrap)
    return bootstrap.outputs.get("ExecutionRoleArn") if bootstrap else None
