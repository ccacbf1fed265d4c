"""A deployment's templates, resolved together, and how rules ask for their resources."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from ci.model.resolver import CHOSEN, STACK, Resolver
from ci.model.resource import Missing, Resource, Template
from ci.model.values import Unresolved, references
from templates import names
from templates.settings import Environment

SUFFIX = ".template.json"
# Stacks of their own, deployed before the root.
ALONE = {"bootstrap": names.bootstrap_stack, "account": names.account_stack}
# Sections by which CloudFormation would choose, or write other templates, while it deploys.
CHOICES = ("Conditions", "Mappings", "Transform")


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

    def with_facts(self, name: str) -> Iterator[tuple[Resource, Any]]:
        """Every resource whose type's facts have something under this name, such as "answers", with what they have; raises Missing."""
        for resource in self:
            if value := getattr(resource.facts, name):
                yield resource, value

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

    def uses(self, resource: Resource) -> set[Resource]:
        """The resources that this one refers to, in any template."""
        return {reference.resource for reference in references(resource.properties)}

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
        return ALONE.get(template.name, names.stack)(self.environment)
