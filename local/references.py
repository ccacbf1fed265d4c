"""Which resource of a template names which: CloudFormation creates the named one first, and promises no other order."""

import re
from collections.abc import Iterator
from typing import Any


def references(node: Any) -> Iterator[str]:
    """The names that Ref, Fn::GetAtt, Fn::Sub and a resource's DependsOn use."""
    match node:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from (name.partition(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)}", text))
        case {"Fn::Sub": [str(text), dict(variables)]}:
            yield from references(list(variables.values()))
            yield from (name for name in references({"Fn::Sub": text}) if name not in variables)
        case {"Type": str(), "DependsOn": [*names]}:
            yield from names
            yield from references({key: value for key, value in node.items() if key != "DependsOn"})
        case dict():
            yield from references(list(node.values()))
        case list():
            for value in node:
                yield from references(value)


def waits_for(template: dict[str, Any], name: str) -> set[str]:
    """All that is there before a resource is begun: what it names, what that names, and so on."""
    found: set[str] = set()
    todo = [name]
    while todo:
        new = set(references(template["Resources"][todo.pop()])) & template["Resources"].keys() - found
        found |= new
        todo += new
    return found
