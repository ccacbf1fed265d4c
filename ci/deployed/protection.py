"""Protects what holds data from a mistake: the root stack from deletion, the database from being replaced."""

from ci.deployed import stacks
from ci.deployed.cli import compact
from ci.deployed.environment import Deployed

# As docs/deploy.md has it.
POLICY = {
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": ["Update:Replace", "Update:Delete"], "Resource": "LogicalResourceId/Instance"},
    ]
}


def protect(deployed: Deployed) -> None:
    """Set both after each deployment; a stack policy protects only the stack that holds the resource."""
    cloudformation, root = deployed.client("cloudformation"), stacks.root(deployed)
    database = stacks.resources(deployed, root.id)["Database"]
    cloudformation.set_stack_policy(StackName=database, StackPolicyBody=compact(POLICY))
    if deployed.settings.production and not root.protected:
        cloudformation.update_termination_protection(StackName=root.name, EnableTerminationProtection=True)
