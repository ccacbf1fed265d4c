"""A deployment's templates and resources, and how rules ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Required, TypedDict

import msgspec

from ci.model.resolver import CHOSEN, STACK, VARIABLE, Resolver
from ci.model.values import Missing, Reference, Unresolved, references
from templates import names
from templates.settings import Environment

SUFFIX = ".template.json"
# Sections by which CloudFormation would choose, or write other templates, while it deploys.
CHOICES = ("Conditions", "Mappings", "Transform")


class UnusableInputError(Exception):
    """There is nothing to read, or it is no template; the message says what and what to do."""


class MetadataShape(TypedDict, total=False):
    """What a resource says of itself; the rules that it suppresses, each with the reason."""

    Verify: dict[str, Any]


class ResourceShape(TypedDict, total=False):
    """What a resource has to be for anything else to be read."""

    Type: Required[str]
    Properties: dict[str, Any]
    Metadata: MetadataShape
    DependsOn: str | list[str]


class Shape(TypedDict, total=False):
    """What a template has to be for anything else to be read."""

    Description: str
    Parameters: dict[str, dict[str, Any]]
    Resources: Required[dict[str, ResourceShape]]
    Outputs: dict[str, dict[str, Any]]


class Resource:
    """A resource of one template. Two of them are equal only if they are the same."""

    def __init__(self, template: Template, logical_id: str, raw: dict[str, Any]) -> None:
        self.template = template
        self.logical_id = logical_id
        self.raw = raw
        self.type: str = raw.get("Type", "")
        self.properties: dict[str, Any] = {}

    @property
    def label(self) -> str:
        """How a report names it: network.Vpc."""
        return f"{self.template.name}.{self.logical_id}"

    @property
    def depends_on(self) -> list[str]:
        """The logical ids that it waits for explicitly."""
        value = self.raw.get("DependsOn", [])
        return [value] if isinstance(value, str) else value

    def get(self, *path: str | int, default: Any = None) -> Any:
        """The resolved value at this path of its properties, or the default."""
        value: Any = self.properties
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def need(self, *path: str | int) -> Any:
        """The resolved value at this path; raises Missing, which is a finding of the rule that asks."""
        value = self.get(*path)
        if value is None:
            raise Missing(self, f"has no {'.'.join(map(str, path))}, which this rule has to read.")
        return value

    def target(self, *path: str | int) -> Resource:
        """The resource to which the reference at this path leads; raises Missing where it is none."""
        value = self.need(*path)
        if not isinstance(value, Reference):
            raise Missing(self, f"names at {'.'.join(map(str, path))} no resource of these templates, but {value}.")
        return value.resource

    def targets(self, *path: str | int) -> list[Resource]:
        """The resources to which the list of references at this path leads."""
        return [self.target(*path, index) for index in range(len(self.need(*path)))]

    def pairs(self, *path: str | int, key: str = "Key", value: str = "Value") -> dict[str, Any]:
        """A list of keys and values, such as a balancer's attributes, as a dictionary; raises Missing where a key stands twice."""
        listed = self.get(*path, default=[])
        found = {pair.get(key): pair.get(value) for pair in listed}
        if len(found) < len(listed):
            raise Missing(self, f"names a {key} twice in {'.'.join(map(str, path))}: which of them counts, nobody can say.")
        return found

    @cached_property
    def needed(self) -> set[Resource]:
        """The resources of its own template that must be there before it."""
        found = _names(self.raw.get("Properties"), self.template) | set(self.depends_on)
        return {self.template.resources[name] for name in found if name in self.template.resources}


class Template:
    """One rendered template; `stack` is the resource of the root that nests it, or None."""

    def __init__(self, name: str, raw: dict[str, Any], size: int) -> None:
        self.name = name
        self.raw = raw
        self.size = size
        self.stack: Resource | None = None
        self.parameters: dict[str, Any] = raw.get("Parameters", {})
        self.outputs: dict[str, Any] = raw.get("Outputs", {})
        self.resources = {title: Resource(self, title, resource) for title, resource in raw.get("Resources", {}).items()}


class Problem(NamedTuple):
    """What could not be resolved, and where."""

    where: Resource | Template
    sentence: str


class Deployment:
    """All templates of an environment, resolved together. `problems` must be empty for anything else to be trusted."""

    def __init__(self, templates: Mapping[str, dict[str, Any]], environment: Environment, sizes: Mapping[str, int] | None = None) -> None:
        self.environment = environment
        self.templates = {
            name: Template(name, raw, sizes[name] if sizes else len(msgspec.json.format(msgspec.json.encode(raw), indent=1)))
            for name, raw in templates.items()
        }
        self._by_type: dict[str, list[Resource]] = {}
        for resource in self:
            self._by_type.setdefault(resource.type, []).append(resource)
        # What modules of this package derive once and are asked for often, by what it was derived from.
        self.derived: dict[Any, Any] = {}
        self.problems: list[Problem] = []
        self._nest()
        self.resolver = Resolver(self.templates, environment.region)
        for template in self.templates.values():
            self._resolve(template)

    def _nest(self) -> None:
        for stack in self.of(STACK):
            url = str(stack.raw.get("Properties", {}).get("TemplateURL", ""))
            child = self.templates.get(url.removesuffix(SUFFIX))
            if child is None:
                self.problems.append(Problem(stack, f"nests {url or 'no template'}, which is not in this folder."))
            elif child.stack is not None:
                self.problems.append(Problem(stack, f"nests {url}, which {child.stack.logical_id} nests too."))
            else:
                child.stack = stack
                given = stack.raw["Properties"].get("Parameters", {})
                self.problems += [
                    Problem(stack, f"gives {name}, which {url} does not ask for.") for name in given.keys() - child.parameters
                ]

    def _resolve(self, template: Template) -> None:
        self.problems += [
            Problem(template, f"has {section}, which have no place here: {CHOSEN}.") for section in CHOICES if section in template.raw
        ]
        for resource in template.resources.values():
            if "Condition" in resource.raw:
                self.problems.append(Problem(resource, f"has a Condition, which has no place here: {CHOSEN}."))
            for name, value in resource.raw.get("Properties", {}).items():
                try:
                    resource.properties[name] = self.resolver.resolve(value, template)
                except Unresolved as error:
                    self.problems.append(Problem(resource, f"{name}: {error}."))
            self.problems += [
                Problem(resource, f"waits for {name}, which is not a resource of its template.")
                for name in resource.depends_on
                if name not in template.resources
            ]
        for name, output in template.outputs.items():
            if "Condition" in output:
                self.problems.append(Problem(template, f"output {name}: has a Condition, which has no place here: {CHOSEN}."))
            try:
                self.resolver.resolve(output.get("Value"), template)
            except Unresolved as error:
                self.problems.append(Problem(template, f"output {name}: {error}."))

    def of(self, *types: str) -> list[Resource]:
        """Every resource of these types, over all templates."""
        return [resource for kind in types for resource in self._by_type.get(kind, ())]

    def output(self, template: str, name: str) -> Any:
        """The resolved value of a stack's output; None where there is none."""
        output = self.templates[template].outputs.get(name)
        return None if output is None else self.resolver.resolve(output.get("Value"), self.templates[template])

    def only(self, kind: str) -> Resource:
        """The one resource of this type; raises Missing where there is none, or more."""
        found = self.of(kind)
        if len(found) != 1:
            raise Missing(found[0] if found else None, f"{len(found)} resources of type {kind} are here; there must be one.")
        return found[0]

    def __iter__(self) -> Iterator[Resource]:
        for template in self.templates.values():
            yield from template.resources.values()

    @cached_property
    def _users(self) -> dict[Resource, set[Resource]]:
        users: dict[Resource, set[Resource]] = {}
        for resource in self:
            for reference in references(resource.properties):
                users.setdefault(reference.resource, set()).add(resource)
        return users

    def users(self, resource: Resource) -> set[Resource]:
        """The resources that refer to this one, from any template."""
        return self._users.get(resource, set())

    def waits(self, later: Resource, earlier: Resource) -> bool:
        """Whether CloudFormation creates `later` only when `earlier` is there."""
        if later.template is not earlier.template:
            if later.template.stack is None or earlier.template.stack is None:
                return False
            later, earlier = later.template.stack, earlier.template.stack
        seen: set[Resource] = set()
        front = {later}
        while front:
            seen |= front
            front = {needed for resource in front for needed in resource.needed} - seen
        return earlier in seen - {later}

    def stack_name(self, template: Template) -> str:
        """The stack's name, with a star for what CloudFormation adds to it."""
        if template.stack is not None:
            return f"{names.stack(self.environment)}-{template.stack.logical_id}-*"
        own = {"bootstrap": names.bootstrap_stack, "account": names.account_stack}
        return own.get(template.name, names.stack)(self.environment)


def environments(output: Path) -> list[str]:
    """The environments that are rendered in this folder; raises UnusableInputError."""
    found = sorted(path.parent.name for path in output.glob(f"*/root{SUFFIX}"))
    if not found:
        raise UnusableInputError(f"{output}: there are no rendered templates; render them first: python generate.py")
    return found


def load(folder: Path, environment: Environment) -> Deployment:
    """Read the templates of a folder; raises UnusableInputError."""
    texts = {path.name.removesuffix(SUFFIX): path for path in sorted(folder.glob(f"*{SUFFIX}"))}
    if "root" not in texts:
        raise UnusableInputError(f"{folder}: there is no root{SUFFIX}; render the environment first: python generate.py {folder.name}")
    templates, sizes = {}, {}
    for name, path in texts.items():
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UnusableInputError(f"{path}: this cannot be read: {error}.") from None
        templates[name] = decoded(content, str(path))
        sizes[name] = len(content)
    return Deployment(templates, environment, sizes)


def decoded(content: bytes, title: str) -> dict[str, Any]:
    """The template of a file; raises UnusableInputError."""
    try:
        template = msgspec.json.decode(content, type=dict[str, Any])
        msgspec.convert(template, Shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnusableInputError(f"{title}: this is not a template that can be read: {error}; render it anew.") from None
    return template


def _names(value: Any, template: Template) -> set[str]:
    """The logical ids that a value mentions."""
    if isinstance(value, list):
        return {name for item in value for name in _names(item, template)}
    if not isinstance(value, dict):
        return set()
    found = {name for item in value.values() for name in _names(item, template)}
    if isinstance(reference := value.get("Ref"), str):
        found.add(reference)
    match value.get("Fn::GetAtt"):
        case [str(name), *_]:
            found.add(name)
    if (sub := value.get("Fn::Sub")) is not None:
        pattern = sub if isinstance(sub, str) else sub[0]
        found |= {match[2].split(".")[0] for match in VARIABLE.finditer(pattern)}
    return found
