"""The shape of a fact: what can be true of a resource type.

A path is dotted, such as NetworkConfiguration.AwsvpcConfiguration.Subnets. A list on the way is looked through, item by item; in a list of
pairs of Key and Value, and in a map of free keys, what is left of the path is the key: LoadBalancerAttributes.deletion_protection.enabled.
In an ARN, without its "arn:aws:", {region}, {account} and {name} are filled in; {name} is the resource's own name, or the one that
CloudFormation makes of the stack's and the logical id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct


class Holder(Protocol):
    """A resource whose properties are resolved."""

    def values(self, path: str, missing: Any = ...) -> list[Any]:
        """What is at this path; several values where a list is on the way, none where the property is not given.

        `missing` is what counts for an item of a list that lacks it; without it, such an item does not count.
        """

    def related(self, path: str) -> Holder | None:
        """The resource that the property at this path refers to; None where it refers to none."""


class Is(Struct, frozen=True):
    """A property that has one of these values."""

    path: str
    # Any value will do, as long as there is one, where this is empty and there is no pattern.
    values: tuple[Any, ...] = ()
    # A regular expression that a text has to match as a whole.
    pattern: str | None = None
    # What AWS takes where the property is not given.
    default: Any = None
    # The property that refers to the resource which has the path, such as DBParameterGroupName.
    through: str | None = None
    # Properties of which each, where it is given, makes something else answer for it: a read replica is encrypted as its source is.
    unless: tuple[str, ...] = ()

    def found(self, holder: Holder) -> list[Any]:
        """The values at the path; AWS's default where there are none."""
        where = holder.related(self.through) if self.through else holder
        return (where.values(self.path, self.default) if where else []) or [self.default]

    def holds(self, holder: Holder) -> bool:
        """Whether every value is one of these, or something else answers for it."""
        return any(holder.values(path) for path in self.unless) or all(self._accepts(value) for value in self.found(holder))

    def _accepts(self, value: Any) -> bool:
        if self.pattern is not None:
            return re.fullmatch(self.pattern, str(value)) is not None
        if not self.values:
            return value is not None
        # CloudFormation takes true and "true", 1 and "1" alike.
        return str(value).lower() in {str(wanted).lower() for wanted in self.values}


class Member(Struct, frozen=True):
    """How a resource gets an address in the network."""

    # The properties that name its security groups and its subnets.
    groups: str
    subnets: str
    # The property that refers to the resource which names the subnets, such as DBSubnetGroupName.
    subnets_through: str | None = None
    # Only then has it an address in the network.
    when: Is | None = None


class Answers(Struct, frozen=True):
    """Where a resource takes connections, and what makes them TLS."""

    # The property that holds the port, or the port itself.
    port: str | int
    # All must hold for every connection to be encrypted; empty: it speaks TLS whatever is set, if `always_tls`, or never.
    tls: tuple[Is, ...] = ()
    always_tls: bool = False
    # The port where the property is not given.
    default_port: int | None = None
    # A hop of a request from the gateway to the service, which the setting encryption = "edge" leaves plain inside the network.
    hop: bool = False
    # The property that refers to the resource on which connections arrive, if not on this one: a listener's is its load balancer.
    through: str | None = None


class Data(Struct, frozen=True):
    """What a resource keeps that no template can make again, or that others of the account rely on: it outlives its stack."""

    # The end of a sentence that begins with the resource.
    what: str
    # The deletion and replacement policies that keep it; the first is the usual one.
    policies: tuple[str, ...]
    # What must hold for a copy to be there besides.
    backups: tuple[Is, ...] = ()
    # A property that, where it is given, makes it a copy itself: nothing is lost with a read replica.
    unless: str | None = None


class Safeguard(Struct, frozen=True):
    """What AWS advises for every use of a type."""

    must: Is
    # The end of a sentence that says what happens otherwise.
    why: str
    # Only then, and only in production.
    when: Is | None = None
    production: bool = False


class Name(Struct, frozen=True):
    """The property that gives a resource a name of its own."""

    property: str
    # Within what it is unique: "parent" (what contains it), "region", "account" or "world".
    scope: str
    # Characters, where the registry's schema does not say it.
    longest: int | None = None
    # Whether AWS refuses a second resource of the name.
    unique: bool = True


class Calls(Struct, frozen=True):
    """Actions that a service calls with a role, as AWS documents them."""

    actions: tuple[str, ...]
    # The property that refers to the resource; "*" where AWS documents the permission so.
    on: str
    # The property of that resource which refers to the one that is meant.
    then: str = ""


class Role(Struct, frozen=True):
    """A property that hands a role to a service."""

    path: str
    # The service's principal, such as ecs-tasks.amazonaws.com.
    service: str
    # The ARN for aws:SourceArn in the role's trust; None: the service documents no condition keys for it.
    source: str | None = None
    # The role's code runs inside the network, and reaches AWS through its endpoints alone.
    inside: bool = False
    # All that the service calls with it; empty: what it calls depends on code of ours.
    calls: tuple[Calls, ...] = ()


class Delivery(Struct, frozen=True):
    """A property that names where a service delivers something in its own name: the policy there has to let it in."""

    path: str
    principal: str
    # For each type that can be named there, the actions that its policy has to allow.
    actions: Mapping[str, tuple[str, ...]]
    # What the principal does with the key by which the target is encrypted.
    key_actions: tuple[str, ...] = ()
    # Whether the service supports aws:SourceAccount in that policy.
    for_account: bool = True
    # Where in the target, such as /AWSLogs/{account}/*; empty: anywhere.
    part: str = ""


class After(Struct, frozen=True):
    """What has to be there before the resource though nothing in it refers to it."""

    type: str
    # The end of a sentence that says what happens otherwise.
    why: str
    # Only where both of these, here and there, lead to the same resource.
    joined: tuple[str, str] | None = None


class Metrics(Struct, frozen=True):
    """The metrics that AWS publishes of a resource under the same dimensions."""

    namespace: str
    # Each dimension with the attribute that is its value, as in GetAtt, or "Ref"; ".Name" is the property Name, "{Ref}-001" a text.
    dimensions: Mapping[str, str]
    names: tuple[str, ...]
    # Dimensions whose value is another resource's: its type and attribute.
    others: Mapping[str, tuple[str, str]] = {}
    # Names that count something: their sum says how often it happened. And those that are between 0 and 100.
    counts: tuple[str, ...] = ()
    percentages: tuple[str, ...] = ()
    # Only then does AWS publish them.
    when: Is | None = None


class Event(Struct, frozen=True):
    """An event that EventBridge passes on, and the values by which rules pick it."""

    source: str
    detail_type: str
    # A dotted path in its detail, and all that can be there.
    field: str
    values: tuple[str, ...]
    # The path in its detail that names the resource, where it does.
    named: str = ""


class Beside(Struct, frozen=True):
    """What AWS asks of whoever creates, changes or deletes the resource, about something that is not the resource."""

    actions: tuple[str, ...]
    # ARNs, or "*"; {stack} is the root stack's name.
    resources: tuple[str, ...]


class Facts(Struct, frozen=True, kw_only=True):
    """What is true of one resource type. An empty field says that there is no such thing, not that nobody looked."""

    type: str
    # Where AWS documents the type; a value with another source has it in a comment.
    source: str

    # Its ARN, and those of what belongs to it; the first is the resource itself. Empty: it has none that a policy could name.
    arns: tuple[str, ...] = ()
    # What its handlers act on where it has no ARN: a bucket, for a bucket's policy.
    acts_on: tuple[str, ...] = ()
    # Actions, as a regular expression, that act on what is in it and not on itself: they need the ARN with something after it.
    contents: str = ""
    # Whether Ref is the ARN, and not a name or an id.
    ref_is_arn: bool = False
    # Attributes that are the ARN of something else: GetAtt's name to the ARN.
    attribute_arns: Mapping[str, str] = {}
    name: Name | None = None

    member: Member | None = None
    answers: tuple[Answers, ...] = ()
    # All must hold for what it writes down to be encrypted.
    at_rest: tuple[Is, ...] = ()
    # All must hold for it to be closed to the Internet and to other accounts.
    private: tuple[Is, ...] = ()
    safeguards: tuple[Safeguard, ...] = ()
    # Properties with keys of their own, each with a regular expression for the keys that AWS knows: it refuses others.
    keys: Mapping[str, str] = {}
    # What it opens by being there, as the end of a sentence: a way out of the network, or into it.
    opens: str = ""

    data: Data | None = None
    # Must hold in production, so that nobody deletes it by mistake.
    protection: Is | None = None
    after: tuple[After, ...] = ()
    # Log groups that AWS makes by itself, without an end to what they keep, unless they are there; {Cluster} is the name in that property.
    log_groups: tuple[str, ...] = ()

    # The services in whose name AWS makes a role of its own at the first use.
    linked_roles: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    # Where policies are in it, and which property refers to the resources that they protect; None: it protects itself, or no resource.
    policies: tuple[str, ...] = ()
    protects: str | None = None
    # Actions that its policy has to deny to connections without TLS, which the service takes as well.
    plain: tuple[str, ...] = ()
    # The kinds of resource that properties refer to, where the registry's schema does not say it: a path to a type and attribute.
    refers: Mapping[str, tuple[str, str]] = {}
    metrics: tuple[Metrics, ...] = ()
    events: tuple[Event, ...] = ()

    beside: tuple[Beside, ...] = ()
    # ARNs on which its handlers read before they know a name.
    looks: tuple[str, ...] = ()
    # Actions that its handlers list for properties that are not used here; patterns.
    unused: tuple[str, ...] = ()
