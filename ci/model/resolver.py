"""Resolves CloudFormation's functions over all templates: a nested stack's Parameter is the Output that the root feeds it."""

from collections.abc import Callable
from ipaddress import ip_network
from itertools import islice
from typing import Any

from ci.model.resource import VARIABLE, Reference, Resource, Template
from ci.model.values import Parameter, Unresolved, split, text

STACK = "AWS::CloudFormation::Stack"
NO_VALUE = object()
CHOSEN = "every choice is made before they are rendered"


class Resolver:
    """Resolves values of one deployment."""

    def __init__(self, templates: dict[str, Template], region: str) -> None:
        self.templates = templates
        # What only AWS knows stays a name; the partition is the one that the settings support.
        self.pseudo: dict[str, Any] = {
            "AWS::Region": region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::AccountId": "${AWS::AccountId}",
            "AWS::StackName": "${AWS::StackName}",
            "AWS::StackId": "${AWS::StackId}",
            "AWS::NoValue": NO_VALUE,
        }
        self.known: dict[tuple[str, str], Any] = {}
        self.functions: dict[str, Callable[[Any, Template], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Cidr": self._cidr,
        }

    def resolve(self, value: Any, template: Template) -> Any:
        """The value with every function replaced by what it stands for; raises Unresolved."""
        if isinstance(value, dict):
            if len(value) == 1:
                name = next(iter(value))
                if function := self.functions.get(name):
                    try:
                        return function(value[name], template)
                    except (TypeError, ValueError, IndexError, AttributeError) as error:
                        raise Unresolved(f"{name} has arguments that it does not take: {value[name]!r} ({error})") from None
                if name == "Condition":
                    raise Unresolved(f"Condition has no place in these templates: {CHOSEN}")
            if unknown := next((name for name in value if name.startswith("Fn::")), None):
                raise Unresolved(f"{unknown} has no place in these templates: {CHOSEN}")
            resolved = {key: self.resolve(inner, template) for key, inner in value.items()}
            return {key: inner for key, inner in resolved.items() if inner is not NO_VALUE}
        if isinstance(value, list):
            return [inner for inner in (self.resolve(item, template) for item in value) if inner is not NO_VALUE]
        return value

    def _ref(self, name: str, template: Template) -> Any:
        if name in self.pseudo:
            return self.pseudo[name]
        if name in template.parameters:
            return self._parameter(name, template)
        return Reference(self._resource(name, template))

    def _get_att(self, argument: Any, template: Template) -> Any:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        resource = self._resource(name, template)
        if resource.type == STACK:
            return self._output(resource, attribute.removeprefix("Outputs."))
        return Reference(resource, attribute)

    def _sub(self, argument: Any, template: Template) -> Any:
        pattern, values = (argument, {}) if isinstance(argument, str) else argument
        parts: list[Any] = []
        position = 0
        for match in VARIABLE.finditer(pattern):
            literal, name = match.groups()
            parts.append(pattern[position : match.start()])
            position = match.end()
            if literal:
                parts.append(f"${{{name}}}")
            elif name in values:
                parts.append(self.resolve(values[name], template))
            else:
                parts.append(self._get_att(name, template) if "." in name else self._ref(name, template))
        return text([*parts, pattern[position:]])

    def _join(self, argument: Any, template: Template) -> Any:
        separator, values = argument
        parts: list[Any] = []
        for value in _listed(self.resolve(values, template)):
            parts += [separator, value] if parts else [value]
        return text(parts)

    def _select(self, argument: Any, template: Template) -> Any:
        index, values = self.resolve(argument, template)
        if int(index) < 0:
            raise ValueError(f"{index} is below 0")
        return _listed(values)[int(index)]

    def _split(self, argument: Any, template: Template) -> list[Any]:
        separator, value = self.resolve(argument, template)
        if not isinstance(value, str):
            raise Unresolved(f"Fn::Split cuts {value}, of which only AWS knows where it has {separator!r}")
        return value.split(separator)

    def _cidr(self, argument: Any, template: Template) -> list[str]:
        block, count, bits = self.resolve(argument, template)
        if isinstance(block, Reference) and block.attribute == "CidrBlock":
            block = self.resolve(block.resource.raw["Properties"]["CidrBlock"], block.resource.template)
        network = ip_network(block)
        found = [str(subnet) for subnet in islice(network.subnets(new_prefix=network.max_prefixlen - int(bits)), int(count))]
        if len(found) != int(count):
            raise ValueError(f"{block} has room for {len(found)} such blocks")
        return found

    def _resource(self, name: str, template: Template) -> Resource:
        if name not in template.resources:
            raise Unresolved(f"{name} is neither a resource nor a parameter of {template.name}.template.json")
        return template.resources[name]

    def _parameter(self, name: str, template: Template) -> Any:
        declared = template.parameters[name]
        kind = str(declared.get("Type"))
        if kind.startswith("AWS::SSM::"):
            raise Unresolved(f"{name} of {template.name}.template.json is read from Parameter Store when it is deployed")
        if template.stack is None:
            return Parameter(name, declared.get("AllowedPattern"))
        given = template.stack.raw.get("Properties", {}).get("Parameters", {})
        if name not in given:
            raise Unresolved(f"the root stack gives {template.name}.template.json no {name}")
        value = self.resolve(given[name], template.stack.template)
        return split(value, ",") if kind == "CommaDelimitedList" or kind.startswith("List<") else value

    def _output(self, stack: Resource, name: str) -> Any:
        child = next((template for template in self.templates.values() if template.stack is stack), None)
        if child is None:
            raise Unresolved(f"{stack.logical_id} nests a template that is not there")
        if name not in child.outputs:
            raise Unresolved(f"{child.name}.template.json has no output {name}")
        key = (child.name, name)
        if key not in self.known:
            # Whoever asks again while this is being resolved waits for itself.
            self.known[key] = NO_VALUE
            self.known[key] = self.resolve(child.outputs[name].get("Value"), child)
        if self.known[key] is NO_VALUE:
            raise Unresolved(f"the output {name} of {child.name}.template.json waits for itself")
        return self.known[key]


def _listed(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TypeError(f"{values} is no list")
    return values
