"""CloudFormation's stacks of an environment."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError

# An environment in these states runs what was deployed last.
COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


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


def resources(deployed: Deployed, stack: str, *, gone: bool = False) -> dict[str, str]:
    """The physical ids of a stack's resources by their logical ids; empty of one that has none yet."""
    return {resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "") for resource in described(deployed, stack, gone=gone)}


def described(deployed: Deployed, stack: str, *, gone: bool = False) -> list[dict[str, Any]]:
    """A stack's resources; those that were deleted, which CloudFormation goes on naming, only where they are asked for."""
    found = deployed.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return [resource for resource in found if gone or resource["ResourceStatus"] != "DELETE_COMPLETE"]


def is_busy(status: str) -> bool:
    """Whether CloudFormation is at work; a change set that nobody executed waits for ever."""
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def begun(deployed: Deployed, name: str) -> Stack | None:
    """The stack of this name; None where there is none, or only a change set that nobody executed."""
    stack = find(deployed, name)
    return None if stack is None or stack.status == "REVIEW_IN_PROGRESS" else stack


def bootstrap(deployed: Deployed) -> Stack | None:
    """The stack that comes before the root; None where it was never begun."""
    return begun(deployed, deployed.bootstrap)


def outputs_of_bootstrap(deployed: Deployed) -> Mapping[str, str]:
    """The bucket, the role; raises RefusedError where it is not there, or not whole."""
    name, stack = deployed.bootstrap, bootstrap(deployed)
    step = next_step(deployed, stack.status, name) if stack else None
    if stack and step is None and "ExecutionRoleArn" in stack.outputs:
        return stack.outputs
    state = f"is {stack.status}{'' if stack.outputs else ' and has no outputs'}" if stack else "is not there"
    raise RefusedError(f"{name} {state}: {f'{step}; then ' if step else ''}deploy it (docs/deploy.md, section 2)")


def next_step(deployed: Deployed, status: str, stack: str = "") -> str | None:
    """What must be done before this stack, the root, can be deployed to; None where nothing must."""
    name = stack or deployed.stack
    where = f"--stack-name {name} --region {deployed.region}"
    role = f"--role-arn {execution_role}" if not stack and (execution_role := _execution_role(deployed)) else ""
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
        return f"delete what is left of {name}, nothing can be deployed onto it: aws cloudformation delete-stack {where} {role}".rstrip()
    if status == "UPDATE_ROLLBACK_FAILED":
        return f"let the rollback go on: aws cloudformation continue-update-rollback {where} {role}".rstrip()
    if is_busy(status):
        return f"wait until CloudFormation is done with {name}" + ("" if stack else f": python -m ci status {deployed.name}")
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
    stack = bootstrap(deployed)
    return stack.outputs.get("ExecutionRoleArn") if stack else None
