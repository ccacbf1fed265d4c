"""References to resources inside a value, and what they are in another stack, or in a policy that is written before them."""

import re
from collections.abc import Callable
from typing import Any

from troposphere import AWSHelperFn, GetAtt, Ref, Sub, Template

import facts
from templates import names
from templates.settings import Environment

VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?\}")

# A logical id or a parameter's name, and the attribute; "Ref" for the identifier.
Handle = Callable[[str, str], Any]


def mapped(value: Any, handle: Handle) -> Any:
    """The value with each reference replaced by what `handle` makes of it: a reference alone, or the variables of a Sub."""
    data = getattr(value, "data", None)
    match data:
        case {"Ref": str(name)} if "::" not in name:
            return handle(name, "Ref")
        case {"Fn::GetAtt": [str(name), *attribute]}:
            return handle(name, ".".join(attribute))
        case {"Fn::Sub": str(text)}:
            return _sub(text, {}, handle)
        case {"Fn::Sub": [str(text), dict(given)]}:
            return _sub(text, {name: mapped(each, handle) for name, each in given.items()}, handle)
    return value


def _sub(text: str, given: dict[str, Any], handle: Handle) -> Any:
    variables = dict(given)

    def replaced(match: re.Match[str]) -> str:
        name, attribute = match.groups()
        if name in given:
            return match[0]
        found = handle(name, attribute or "Ref")
        if isinstance(found, Sub) and isinstance(found.data["Fn::Sub"], str):
            return str(found.data["Fn::Sub"])
        variable = f"{name}{(attribute or '').replace('.', '')}"
        variables[variable] = found
        return f"${{{variable}}}"

    text = VARIABLE.sub(replaced, text)
    return Sub(text, variables) if variables else Sub(text)


def arn_pattern(environment: Environment, template: Template, name: str, attribute: str) -> Sub:
    """The ARN of a resource as a policy can name it before it exists; raises KeyError for a name that is no resource."""
    resource = template.resources[name]
    known = facts.of(str(resource.resource_type))
    own = getattr(resource, known.name.property, None) if known.name else None
    pattern = known.attribute_arns.get(attribute) or known.arns[0]
    return Sub(filled(environment, pattern, own if isinstance(own, str) else None))


def filled(environment: Environment, pattern: str, name: str | None = None) -> str:
    """The text of an ARN for Sub, from a pattern of the facts; without a name, of all names that CloudFormation makes in these stacks."""
    return "arn:${AWS::Partition}:" + pattern.format_map(_Names(environment, name))


class _Names(dict[str, str]):
    """What the variables of a pattern stand for."""

    def __init__(self, environment: Environment, name: str | None) -> None:
        self.stack = names.stack(environment)
        super().__init__(region="${AWS::Region}", account="${AWS::AccountId}", stack=self.stack)
        if name is not None:
            self["name"] = name

    def __missing__(self, key: str) -> str:
        # CloudFormation begins the names that it makes with the nested stack's, which begins with the root's.
        return f"{self.stack}-*"


def reference(name: str, attribute: str) -> AWSHelperFn:
    """What leads to a resource's identifier or attribute."""
    return Ref(name) if attribute == "Ref" else GetAtt(name, attribute)
