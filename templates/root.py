"""The root stack: nothing but the nested stacks, wired from what each layer needs and provides."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from troposphere import GetAtt, Output, Parameter, Ref, Tags, Template
from troposphere.cloudformation import Stack

from templates import parameters
from templates.errors import WiringError
from templates.layer import Layer, Provided, outputs, title
from templates.settings import Environment


def root(environment: Environment, layers: Sequence[Layer]) -> Template:
    """Complete the layers' templates with Parameters and Outputs, and write the stack that nests them.

    Raises WiringError where a name is not provided, is provided twice, is used by nobody, or waits for itself.
    """
    asked = {name: layer for layer in layers for name in (*layer.needed, *layer.waits_for)}
    provided = {name: found for name, found in outputs(layers).items() if name in asked or not found[1].optional}
    given = parameters.needed(environment, set(asked) - set(provided))
    _check(provided=provided, asked=asked, given=set(given), layers=layers)

    template = Template(Description=f"{environment.project} {environment.name}: a containerized REST API in a fully private network")
    for name, parameter in given.items():
        template.add_parameter(
            Parameter(
                name,
                Type="String",
                Description=parameter.description,
                AllowedPattern=parameter.pattern,
                ConstraintDescription=f"must be {parameter.remedy}",
            )
        )
    for layer in layers:
        _declare(layer, {name: provided[name][1].is_list if name in provided else False for name in layer.needed}, given)
        values = {
            name: GetAtt(title(provided[name][0].name), f"Outputs.{name}") if name in provided else Ref(name) for name in layer.needed
        }
        stack = Stack(
            title(layer.name),
            TemplateURL=f"{layer.name}.template.json",
            Tags=Tags(Project=environment.project, Environment=environment.name, Layer=layer.name),
            Metadata={"Description": layer.description},
        )
        if values:
            stack.Parameters = values
        if layer.creation_minutes:
            stack.TimeoutInMinutes = layer.creation_minutes
        used = {provided[name][0].name for name in layer.needed if name in provided}
        waits = sorted({title(provided[name][0].name) for name in layer.waits_for if provided[name][0].name not in used})
        if waits:
            stack.DependsOn = waits
        template.add_resource(stack)
    for name, (layer, value) in provided.items():
        layer.template.add_output(Output(name, Value=value.value, Description=value.description))
        if value.published:
            template.add_output(Output(name, Value=GetAtt(title(layer.name), f"Outputs.{name}"), Description=value.description))
    return template


def standalone(layer: Layer) -> Template:
    """A layer as a stack of its own: its outputs, and no parameters."""
    if layer.needed or layer.waits_for:
        raise WiringError(f"The layer {layer.name} is a stack of its own, but needs {(layer.needed + layer.waits_for)[0]}; remove that.")
    for name, value in layer.provided.items():
        layer.template.add_output(Output(name, Value=value.value, Description=value.description))
    return layer.template


def _declare(layer: Layer, needed: dict[str, bool], given: dict[str, parameters.DeploymentParameter]) -> None:
    for name, is_list in needed.items():
        parameter = Parameter(name, Type="CommaDelimitedList" if is_list else "String")
        if name in given:
            parameter.AllowedPattern = given[name].pattern
        layer.template.add_parameter(parameter)


def _check(*, provided: Mapping[str, tuple[Layer, Provided]], asked: Mapping[str, Layer], given: set[str], layers: Sequence[Layer]) -> None:
    for name, layer in asked.items():
        if name not in provided and name not in given:
            raise WiringError(f"The layer {layer.name} needs {name}, but no layer provides it and it is no parameter of the deployment.")
    for name, (layer, value) in provided.items():
        if name not in asked and not value.published:
            raise WiringError(f"The layer {layer.name} provides {name}, but no layer needs it and it is not published; remove it.")
    graph = {layer.name: {provided[name][0].name for name in (*layer.needed, *layer.waits_for) if name in provided} for layer in layers}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise WiringError(f"The layers wait for each other: {' <- '.join(error.args[1])}; remove one of these needs.") from None
