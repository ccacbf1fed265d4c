"""Shorthand for IAM policies: statements without wildcards, and trust closed against confused deputies."""

from collections.abc import Iterable, Sequence
from typing import Any

import awacs.kms
from awacs.aws import Action, Allow, ArnLike, Condition, Deny, PolicyDocument, Principal, Statement, StringEquals
from awacs.sts import AssumeRole
from troposphere import Ref, Sub

from templates import names
from templates.settings import Environment

ACCOUNT = Ref("AWS::AccountId")


def arn(service: str, resource: str, *, region: bool = True, account: bool = True) -> Sub:
    """The ARN of a resource in this partition, region and account."""
    return Sub(
        f"arn:${{AWS::Partition}}:{service}:{'${AWS::Region}' if region else ''}:{'${AWS::AccountId}' if account else ''}:{resource}"
    )


def allow(actions: Iterable[Action], resources: Sequence[Any], condition: Condition | None = None, **extra: Any) -> Statement:
    """A statement that allows these actions on these resources."""
    return _statement(Allow, actions, condition, Resource=list(resources), **extra)


def deny(actions: Iterable[Action], resources: Sequence[Any], condition: Condition | None = None, **extra: Any) -> Statement:
    """A statement that denies these actions on these resources."""
    return _statement(Deny, actions, condition, Resource=list(resources), **extra)


def of_resource(actions: Iterable[Action], principal: Principal, condition: Condition | None = None) -> Statement:
    """A statement of a policy that stands at its resource and so names none."""
    return _statement(Allow, actions, condition, Principal=principal)


def _statement(effect: str, actions: Iterable[Action], condition: Condition | None, **extra: Any) -> Statement:
    if condition is not None:
        extra["Condition"] = condition
    return Statement(Effect=effect, Action=list(actions), **extra)


def document(*statements: Statement) -> PolicyDocument:
    """A policy document."""
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def trust(service: str, *, source: Sub | None) -> PolicyDocument:
    """Who may assume a role: one AWS service, for this account's resources like `source` alone.

    `source` is None where the service documents no condition keys for its calls; the caller names the page that says so.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    condition = None if source is None else Condition([StringEquals("aws:SourceAccount", ACCOUNT), ArnLike("aws:SourceArn", source)])
    return document(of_resource([AssumeRole], Principal("Service", [service]), condition))


# Decrypt what Secrets Manager hands out: its own key admits everybody in the account, but a boundary may cut that off.
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
DECRYPT_SECRETS: tuple[list[Action], list[Sub], Condition] = (
    [awacs.kms.Decrypt],
    [arn("kms", "key/*")],
    Condition(StringEquals("kms:ViaService", Sub("secretsmanager.${AWS::Region}.amazonaws.com"))),
)


def boundary(environment: Environment) -> Sub:
    """The permissions boundary that every role of the stacks carries."""
    return arn("iam", f"policy/{names.boundary(environment)}", region=False)
