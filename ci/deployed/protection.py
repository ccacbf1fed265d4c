"""Protects what holds data from a mistake: the root stack from deletion, the database and the editors from being replaced."""

from ci.deployed import stacks
from ci.deployed.cli import compact
from ci.deployed.environment import Deployed

# What holds data, by its layer; its deletion leaves it behind, which helps nobody who uses it.
HOLDS_DATA = {"Database": "Instance", "Api": "UserPool"}


def policy(resource: str) -> str:
    """As docs/deploy.md has it."""
    denied = ["Update:Replace", "Update:Delete"]
    statements = [
        {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": denied, "Resource": f"LogicalResourceId/{resource}"},
    ]
    return compact({"Statement": statements})


def protect(deployed: Deployed) -> None:
    """Set both after each deployment; a stack policy protects only the stack that holds the resource."""
    cloudformation, root = deployed.client("cloudformation"), stacks.root(deployed)
    layers = stacks.resources(deployed, root.id)
    for layer, resource in HOLDS_DATA.items():
        # A policy may name no resource that its stack has not; editors sign in elsewhere where there is no pool.
        if resource in stacks.resources(deployed, layers[layer]):
            cloudformation.set_stack_policy(StackName=layers[layer], StackPolicyBody=policy(resource))
    if deployed.settings.production and not root.protected:
        cloudformation.update_termination_protection(StackName=root.name, EnableTerminationProtection=True)
