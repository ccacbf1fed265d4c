"""A layer: one nested stack, which declares all that is its own, and knows no other layer.

By name it says what it needs of others and provides to them, what its code calls on AWS, what the application is told, when to notify
people and what the dashboard shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from troposphere import AWSObject, Join, Ref, Sub, Tags, Template
from troposphere.cloudwatch import Alarm, MetricDataQuery
from troposphere.events import Rule, Target

import facts
from templates import names, references
from templates.accepted import accepted
from templates.errors import WiringError
from templates.measures import ABOVE, BELOW, Measure
from templates.settings import Environment

Resource = TypeVar("Resource", bound=AWSObject)

# The topic of all notifications, under the name by which alarms and events need it.
TOPIC = "TopicArn"


class Provided(NamedTuple):
    """A value that a layer gives to others, or to people."""

    value: Any
    description: str
    is_list: bool
    published: bool
    # Left out where no layer needs it.
    optional: bool


class Call(NamedTuple):
    """An AWS API that a layer's code calls from inside the VPC: an endpoint and its policy come from it.

    `service` is the last part of the endpoint's name, such as `ecr.api`; `resources` are ARNs, patterns or "*".
    """

    service: str
    actions: Sequence[Any]
    resources: Sequence[Any]
    # Requests that AWS signed itself, such as a registry's links to its layers, carry no account of ours.
    signed_by_aws: bool = False


class Told(NamedTuple):
    """A variable that a layer gives to the application; an optional one may go unread."""

    value: Any
    optional: bool


class Permit(NamedTuple):
    """What the code of the application may call on AWS, on resources of the layer that permits it.

    `service` is the endpoint that the calls go through, or None where another service makes them in the application's name.
    """

    service: str | None
    actions: Sequence[Any]
    resources: Sequence[Any]
    condition: Any
    to: str | None


class Graph(NamedTuple):
    """A graph of the dashboard: metrics by one statistic."""

    title: str
    statistic: str
    # Namespace, metric, and the value of each dimension: a text, in which ${name} is what a layer provides.
    metrics: Sequence[tuple[str, str, Mapping[str, str]]]


class Layer:
    """The template of one nested stack, as it is being written."""

    def __init__(
        self, name: str, environment: Environment, description: str, *, tier: str | None = None, creation_minutes: int | None = None
    ) -> None:
        """`tier` is where in the network its resources are: ingress, service or data.

        `creation_minutes` is how long CloudFormation waits for the first creation; None: as long as the resources take.
        """
        self.name = name
        self.tier = tier
        self.environment = environment
        self.description = description
        self.creation_minutes = creation_minutes
        self.template = Template(Description=f"{environment.project} {environment.name}, {name}: {description}")
        self.needed: list[str] = []
        self.waits_for: list[str] = []
        self.provided: dict[str, Provided] = {}
        self.calls: list[Call] = []
        self.told: dict[str, Told] = {}
        self.permits: list[Permit] = []
        self.graphs: list[Graph] = []

    def add(self, resource: Resource, description: str) -> Resource:
        """Add a resource with the description that is shown while it deploys, and with what checkov need not ask of it."""
        metadata: dict[str, Any] = {"Description": description}
        if skipped := accepted(resource):
            metadata["checkov"] = {"skip": skipped}
        resource.resource["Metadata"] = metadata
        self.template.add_resource(resource)
        return resource

    def needs(self, name: str) -> Ref:
        """The value that another layer provides, or the deployment gives, by this name."""
        if name not in self.needed:
            self.needed.append(name)
        return Ref(name)

    def after(self, name: str) -> None:
        """Wait for the layer that provides this name without using the value."""
        self.waits_for.append(name)

    def provides(self, name: str, value: Any, description: str, *, published: bool = False, optional: bool = False) -> None:
        """Give a value to other layers; published, also to people, as an output of the root stack; optional, only if a layer needs it."""
        is_list = isinstance(value, list)
        self.provided[name] = Provided(Join(",", value) if is_list else value, description, is_list, published, optional)

    def calls_aws(self, service: str, actions: Sequence[Any], resources: Sequence[Any], *, signed_by_aws: bool = False) -> None:
        """Say that code of this layer calls an AWS API from inside the VPC."""
        self.calls.append(Call(service, actions, resources, signed_by_aws))

    def subnets(self) -> Ref:
        """The subnets of the layer's tier, one a zone."""
        return self.needs(f"{(self.tier or '').capitalize()}SubnetIds")

    def group(self, name: str) -> Ref:
        """The security group of this name in the table of flows."""
        return self.needs(f"{title(name)}SecurityGroupId")

    def tells(self, variable: str, value: Any, *, optional: bool = False) -> None:
        """Give the application an environment variable of its contract; an optional one, only if it reads it."""
        self.told[variable] = Told(value, optional)

    def lets_call(
        self, service: str | None, actions: Sequence[Any], resources: Sequence[Any], condition: Any = None, *, to: str | None = None
    ) -> None:
        """Let the application's code call AWS, in all tasks of its image or in those of the layer `to` alone.

        The statement in the tasks' role, the endpoint and the endpoint's policy come from it.
        """
        self.permits.append(Permit(service, actions, resources, condition, to))

    def alarm(
        self,
        name: str,
        description: str,
        measures: Measure | Mapping[str, Measure],
        *,
        above: float | None = None,
        below: float | None = None,
        expression: str | None = None,
        minutes: int = 5,
        of_minutes: int | None = None,
    ) -> Alarm:
        """Notify people while a metric, or an expression over some, is on the wrong side of a threshold in `minutes` of `of_minutes`.

        Missing data is no alarm, since an environment may sleep.
        """
        named = {"value": measures} if isinstance(measures, Measure) else measures
        queries = [each.query(identifier, shown=expression is None) for identifier, each in named.items()]
        if expression:
            queries.append(MetricDataQuery(Id="result", Expression=expression, Label=name, ReturnData=True))
        topic = self.needs(TOPIC)
        return self.add(
            Alarm(
                name,
                AlarmDescription=description,
                Metrics=queries,
                ComparisonOperator=BELOW if above is None else ABOVE,
                Threshold=below if above is None else above,
                EvaluationPeriods=of_minutes or max(minutes, 5),
                DatapointsToAlarm=minutes,
                TreatMissingData="notBreaching",
                AlarmActions=[topic],
                OKActions=[topic],
            ),
            description,
        )

    def event(self, name: str, description: str, pattern: Mapping[str, Any]) -> Rule:
        """Notify people of events that match a pattern."""
        target = Target(Id="topic", Arn=self.needs(TOPIC))
        return self.add(Rule(name, Description=description, EventPattern=pattern, Targets=[target]), f"Notifies people: {description}")

    def graph(self, name: str, statistic: str, *measures: Measure) -> None:
        """Show metrics on the dashboard, in one graph."""
        shown = [
            (each.namespace, each.name, {dimension: self._dimension(value) for dimension, value in each.dimensions.items()})
            for each in measures
        ]
        self.graphs.append(Graph(name, statistic, shown))

    def _dimension(self, value: Any) -> str:
        """The name under which the dashboard can need a dimension's value; a text is a name of its own."""
        shared = references.mapped(value, lambda name, attribute: Sub(f"${{{self.shares(name, attribute)}}}"))
        return str(shared.data["Fn::Sub"]) if isinstance(shared, Sub) else str(shared)

    def needs_of(self, other: "Layer", value: Any) -> Any:
        """A value of another layer, each reference in it needed by its name; one of this layer, or without references, is itself."""
        return value if other is self else references.mapped(value, lambda name, attribute: self.needs(other.shares(name, attribute)))

    def shares(self, name: str, attribute: str) -> str:
        """The name under which other layers can need an attribute of a resource: the one that it has, or a new one."""
        if name in self.needed:
            return name
        reference = references.reference(name, attribute)
        for shared, provided in self.provided.items():
            if getattr(provided.value, "data", None) == reference.data:
                return shared
        shared = f"{title(self.name)}{name}{'Id' if attribute == 'Ref' else attribute.replace('.', '')}"
        self.provides(shared, reference, f"{attribute} of {name}")
        return shared

    def pattern(self, value: Any, provided: "Mapping[str, tuple[Layer, Provided]] | None" = None) -> Any:
        """A value with each reference in it replaced by the ARN that a policy can name before the resource exists.

        `provided` is what all layers provide, for a value that leads to another layer.
        """

        def arn(name: str, attribute: str) -> Any:
            if provided is not None and name in self.needed:
                other, given = provided[name]
                return other.pattern(given.value, provided)
            return references.arn_pattern(self.environment, self.template, name, attribute)

        return references.mapped(value, arn)

    def types(self) -> list[str]:
        """The types of the layer's resources, each once."""
        return list(dict.fromkeys(str(resource.resource_type) for resource in self.template.resources.values()))

    def physical_names(self) -> Iterator[tuple[str, str]]:
        """The type and name of each resource that has a name of its own; a star for what CloudFormation adds to a name in it."""
        made = Sub(f"{names.stack(self.environment)}-*")
        for resource in self.template.resources.values():
            known = facts.of(str(resource.resource_type)).name
            if known and (own := getattr(resource, known.property, None)):
                named = references.mapped(own, lambda *_: made)
                yield str(resource.resource_type), str(getattr(named, "data", {"Fn::Sub": named})["Fn::Sub"])

    def name_tag(self, name: str) -> Tags:
        """The tag by which the console lists a resource; all other tags come from the stack."""
        return Tags(Name=f"{self.environment.project}-{self.environment.name}-{name}")


def title(name: str) -> str:
    """The name of a layer or group as part of a logical id: LoadBalancing for load_balancing."""
    return "".join(part.capitalize() for part in name.split("_"))


def outputs(layers: Sequence[Layer]) -> Mapping[str, tuple[Layer, Provided]]:
    """What all layers provide, by name; raises WiringError where two provide the same."""
    found: dict[str, tuple[Layer, Provided]] = {}
    for layer in layers:
        for name, provided in layer.provided.items():
            if name in found:
                raise WiringError(
                    f"{name} is provided twice: by the layer {found[name][0].name} and by the layer {layer.name}; rename one."
                )
            found[name] = (layer, provided)
    return found
