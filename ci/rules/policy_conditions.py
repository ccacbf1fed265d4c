"""A statement's conditions can be met by whoever it is for, and keep out everybody else; a denial takes nothing away that is granted.

A condition on what a call never carries keeps everybody out; an operator that a missing key satisfies, such as ForAllValues, lets everybody
in.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ci.model import Deployment
from ci.model.identity import Statement, everywhere, permissions
from ci.rules import Finding
from ci.rules.constitution import execution_role

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
REMEDY = "Write the statement with templates/policies.py, on the conditions that the service's page documents."

EVERYBODY = {"*": ["*"]}
PLAIN = {"Bool": {"aws:SecureTransport": ["false"]}}
# What every call carries, or the resource has, or a policy of a resource may ask of whoever calls.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
KEYS = (
    *("aws:CalledVia", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalTag/", "aws:RequestTag/"),
    *(
        "aws:ResourceAccount",
        "aws:ResourceTag/",
        "aws:SecureTransport",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:TagKeys",
        "aws:ViaAWSService",
    ),
)
# Of these the key names the partitions of a table, and AWS documents the operator. A call without one reads the whole table.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
ALL_VALUES = "dynamodb:"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each statement of each policy; trust is the rule closed-trust's, the execution role's conditions are roles-and-keys'."""
    apart = {id(statement) for statement in permissions(deployment, execution_role(deployment)) if statement.effect == "Allow"}
    for statement in everywhere(deployment):
        if id(statement) in apart or any(action.startswith("sts:") for action in statement.actions):
            continue
        if statement.effect == "Deny":
            yield from (Finding(statement.owner, end) for end in _denies(deployment, statement))
        else:
            yield from (Finding(statement.owner, end) for end in _asks(statement))


def _denies(deployment: Deployment, statement: Statement) -> Iterator[str]:
    if statement.conditions == PLAIN:
        if statement.principals and statement.principals != EVERYBODY:
            yield f"denies plain connections to {statement.principals} alone."
        return
    if any("SecureTransport" in key for keys in statement.conditions.values() for key in keys):
        yield f"denies connections by {statement.conditions}, which is not those without TLS."
    for role in deployment.of("AWS::IAM::Role"):
        for given in permissions(deployment, role):
            for action in given.actions if given.effect == "Allow" else ():
                if not statement.conditions and any(
                    statement.covers(action, each) for each in (*given.resources, *_beneath(given, statement))
                ):
                    yield f"denies {action}, which {role.label} is allowed."
                    return
    if not statement.conditions:
        yield f"denies {', '.join(statement.actions)} to everybody: nothing else can lift that."


def _beneath(given: Statement, denied: Statement) -> Iterator[str]:
    """What is denied of what is allowed."""
    yield from (each for each in denied.resources if any(fnmatchcase(each, pattern) for pattern in given.resources))


def _asks(statement: Statement) -> Iterator[str]:
    services = tuple(f"{action.partition(':')[0]}:" for action in statement.actions)
    for operator, keys in statement.conditions.items():
        for key, values in keys.items():
            if operator.startswith("ForAllValues:") and key.startswith(ALL_VALUES):
                continue
            if ":" in operator or operator == "Null" or operator.endswith("IfExists") or "Not" in operator:
                yield f"asks for {key} by {operator}, which a call without that key satisfies."
            elif not key.startswith((*services, *KEYS)):
                yield f"asks for {key}, which a call of {services[0]} may never carry."
            elif operator.endswith("Equals") and any("*" in value and not value.startswith("$") for value in values):
                yield f"asks for {key} by {operator}, which takes the star in {', '.join(values)} for a letter."
