"""Roles: each with a trust policy, its statements, and the permissions boundary without which the stacks can create none."""

from typing import Any

from awacs.aws import PolicyDocument, Statement
from troposphere.iam import Policy, Role

from templates import policies
from templates.layer import Layer


def role(
    layer: Layer, title: str, description: str, trusted: PolicyDocument, *statements: Statement, bounded: bool = True, **attributes: Any
) -> Role:
    """Add a role that `trusted` may assume, with these statements as its only policy.

    A role of the account or bootstrap stack is not bounded: those stacks are deployed by an administrator.
    """
    resource = Role(title, AssumeRolePolicyDocument=trusted, **attributes)
    if bounded:
        resource.PermissionsBoundary = policies.boundary(layer.environment)
    if statements:
        resource.Policies = [Policy(PolicyName="permissions", PolicyDocument=policies.document(*statements))]
    return layer.add(resource, description)
