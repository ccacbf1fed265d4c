"""A layer: one nested stack, which says by name what it needs and what it provides, and knows no other layer."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from troposphere import AWSObject, Join, Ref, Tags, Template

from templates.accepted import accepted
from templates.errors import WiringError
from templates.settings import Environment

Resource = TypeVar("Resource", bound=AWSObject)


class Provided(NamedTuple):
    """A value that a layer gives to others, or to people."""

    value: Any
    description: str
    is_list: bool
    published: bool


class Call(NamedTuple):
    """An AWS API that a layer's code calls from inside the VPC: an endpoint and its policy come from it.

    `service` is the last part of the endpoint's name, such as `ecr.api`; `resources` are ARNs, patterns or "*".
    """

    service: str
    actions: Sequence[Any]
    resources: Sequence[Any]
    # Requests that AWS signed itself, such as a registry's links to its layers, carry no account of ours.
    signed_by_aws: bool = False


class Layer:
    """The template of one nested stack, as it is being written."""

    def __init__(self, name: str, environment: Environment, description: str, *, creation_minutes: int | None = None) -> None:
        """`creation_minutes` is how long CloudFormation waits for the first creation; None: as long as the resources take."""
        self.name = name
        self.environment = environment
        self.description = description
        self.creation_minutes = creation_minutes
        self.template = Template(Description=f"{environment.project} {environment.name}, {name}: {description}")
        self.needed: list[str] = []
        self.waits_for: list[str] = []
        self.provided: dict[str, Provided] = {}
        self.calls: list[Call] = []

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

    def provides(self, name: str, value: Any, description: str, *, published: bool = False) -> None:
        """Give a value to other layers; published, also to people, as an output of the root stack."""
        is_list = isinstance(value, list)
        self.provided[name] = Provided(Join(",", value) if is_list else value, description, is_list, published)

    def calls_aws(self, service: str, actions: Sequence[Any], resources: Sequence[Any], *, signed_by_aws: bool = False) -> None:
        """Say that code of this layer calls an AWS API from inside the VPC."""
        self.calls.append(Call(service, actions, resources, signed_by_aws))

    def name_tag(self, name: str) -> Tags:
        """The tag by which the console lists a resource; all other tags come from the stack."""
        return Tags(Name=f"{self.environment.project}-{self.environment.name}-{name}")


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
