"""The shape of a fact: what can be true of a resource type.

A path is dotted, such as NetworkConfiguration.AwsvpcConfiguration.Subnets; a list on the way is looked through, item by item. In an ARN
{region}, {account} and {name} are filled in; {name} is the resource's own name, or the one that CloudFormation makes of the stack's.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Is(Struct, frozen=True):
    """A property that has one of these values."""

    path: str
    values: tuple[Any, ...]
    # What AWS takes where the property is not given.
    default: Any = None
    # The property that refers to the resource which has the path, such as DBParameterGroupName.
    through: str | None = None


class Member(Struct, frozen=True):
    """How a resource gets an address in the network."""

    groups: str
    # None: AWS chooses, or the resource that `subnets_through` refers to names them.
    subnets: str | None = None
    subnets_through: str | None = None
    # Only then has it an address in the network.
    when: Is | None = None
    # None may reach it through the Internet: what must hold for that.
    private: tuple[Is, ...] = ()


class Answers(Struct, frozen=True):
    """Where a resource takes connections, and what makes them TLS."""

    # The property that holds the port, or the port itself.
    port: str | int
    tls: Is | None = None
    # It speaks nothing but TLS there.
    always_tls: bool = False
    default_port: int | None = None
    # A hop on the way of a request, which the setting encryption = "edge" leaves plain inside the network.
    hop: bool = False
    # On which resource the connection arrives, if not on this one: a listener's is its load balancer.
    through: str | None = None


class Data(Struct, frozen=True):
    """What a resource keeps that no template can make again, and what protects it."""

    what: str
    # The deletion and replacement policies that keep it; the first is the usual one.
    policies: tuple[str, ...]
    # In production.
    protection: Is | None = None
    backups: tuple[Is, ...] = ()


class Name(Struct, frozen=True):
    """The property that gives a resource a name of its own, and within what the name is unique."""

    property: str
    # "parent", "region", "account" or "world": another resource with the name cannot be there.
    scope: str
    longest: int | None = None
    # Whether AWS refuses a second resource of the name at all.
    unique: bool = True


class Metrics(Struct, frozen=True):
    """The metrics that AWS publishes of a resource, and the dimensions that pick its own."""

    namespace: str
    # Each dimension with the attribute that is its value; "Ref" for the identifier. With a dot before it: a property of the resource.
    dimensions: Mapping[str, str]
    names: tuple[str, ...]
    # Dimensions whose value is another resource's attribute: the property that refers to it, and the attribute.
    others: Mapping[str, tuple[str, str]] = {}


class Beside(Struct, frozen=True):
    """What AWS asks of whoever creates or changes the resource, about something that is not the resource."""

    actions: tuple[str, ...]
    # ARNs without "arn:aws:", or "*".
    resources: tuple[str, ...]


class Facts(Struct, frozen=True, kw_only=True):
    """What is true of one resource type. An empty field says that there is no such thing, not that nobody looked."""

    type: str
    # Where AWS documents the type; a value with another source has it in a comment.
    source: str
    # ARNs of the type without "arn:aws:"; the first is the resource itself. Empty: it has none that a policy could name.
    arns: tuple[str, ...] = ()
    # Whether Ref is the ARN, and not a name or an id.
    ref_is_arn: bool = False
    # ARNs that are attributes of the resource but name another: GetAtt's name to the ARN.
    attribute_arns: Mapping[str, str] = {}
    name: Name | None = None
    member: Member | None = None
    answers: tuple[Answers, ...] = ()
    # All must hold for what it writes down to be encrypted.
    at_rest: tuple[Is, ...] = ()
    data: Data | None = None
    # What would open it to the Internet, or to other accounts, unless it holds; for what has no address in the network.
    private: tuple[Is, ...] = ()
    # The services in whose name AWS makes a role of its own at the first use.
    linked_roles: tuple[str, ...] = ()
    # The properties that hand a role to a service, and that service's principal.
    hands_roles: Mapping[str, str] = {}
    metrics: tuple[Metrics, ...] = ()
    beside: tuple[Beside, ...] = ()
    # Actions that the handlers list and that these stacks do not take; patterns.
    unused: tuple[str, ...] = ()
