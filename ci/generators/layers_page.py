"""Writes docs/layers.md: every connection, and what each layer holds, needs, gives, lets through and allows, read from output/.

Usage: python -m ci.generators.layers_page
"""

from collections.abc import Iterator
from itertools import groupby

import msgspec

from ci import connections_table
from ci.model import Deployment, Template, load
from ci.model.connections import Connection, connections
from ci.model.deployment import SUFFIX
from ci.model.identity import ITSELF, Statement, documents, permissions, statements, trust
from ci.model.reach import kind, standing
from ci.project import HERE
from templates import settings_file
from templates.render import render
from templates.settings import Environment

PAGE = HERE / "docs" / "layers.md"
# A layer is described from the first of these that has it.
ENVIRONMENTS = ("prod", "dev")
INTRODUCTION = """\
# The layers

Made from `output/` by `make golden`, and kept true by a test. Layers are shown as in `prod`; those that `prod` lacks, as in `dev`. A star
in a name stands for what CloudFormation adds. [The pictures](pictures/prod-architecture.svg) show how the layers lie in the network,
[and in time](pictures/prod-stacks.svg); `python -m ci verify --list` says what is proven of them.
"""
CONNECTIONS = """\
## connections

Who reaches whom, on which port, and how that is encrypted, derived from the security groups, listeners, target groups, integrations and the
database's parameters: all of it, and nothing else is open. `python -m ci verify --connections` shows the same for each environment, and
verify finds what is not declared, or plain where it must not be.
"""
# The settings that decide over connections, as prod would have them.
VARIANTS: tuple[dict[str, str], ...] = (
    {"encryption": "edge", "ingress": "nlb"},
    {"encryption": "end_to_end", "ingress": "nlb", "certificate_domain": "api.internal.example.org"},
    {"encryption": "end_to_end", "ingress": "alb", "certificate_domain": "api.internal.example.org"},
)


def page() -> str:
    """The page's text."""
    deployments = [load(HERE / "output" / name, settings_file.load(HERE / "environments" / f"{name}.toml")) for name in ENVIRONMENTS]
    layers: dict[str, Deployment] = {}
    for deployment in deployments:
        for name in deployment.templates:
            layers.setdefault(name, deployment)
    contents = " · ".join(f"[{name}](#{name})" for name in ("connections", *sorted(layers)))
    sections = [line for name in sorted(layers) for line in _layer(layers[name], layers[name].templates[name])]
    return "\n".join([INTRODUCTION, contents, "", *_connections(deployments[0].environment), *sections])


def _connections(environment: Environment) -> Iterator[str]:
    yield CONNECTIONS
    for change in VARIANTS:
        changed = msgspec.structs.replace(environment, **change)
        deployment = Deployment({name.removesuffix(SUFFIX): msgspec.json.decode(text) for name, text in render(changed).items()}, changed)
        settings = (f'`{key} = "{value}"`' for key, value in change.items() if key != "certificate_domain")
        yield f"With {' and '.join(settings)}:\n"
        yield from _table(connections_table.HEAD[:-1], (row[:-1] for row in connections_table.rows(deployment)))


def _layer(deployment: Deployment, template: Template) -> Iterator[str]:
    what = template.raw.get("Description", "").rpartition(": ")[2]
    where = (
        "" if deployment.environment.name == ENVIRONMENTS[0] else f" Only with some settings; here as in `{deployment.environment.name}`."
    )
    yield f"## {template.name}\n\n{what[:1].upper()}{what[1:]}.{where}\n"
    yield from _table(("resource", "type", "what it is"), _resources(template))
    yield from _table(("needs", "from", "what it is"), _inputs(deployment, template))
    yield from _table(("gives", "to", "what it is"), _outputs(deployment, template))
    yield from _table(("flow", "port", "encryption"), _flows(deployment, template))
    yield from _table(("who", "may", "on", "if"), _permissions(deployment, template))
    yield from _table(("policy of", "who", "may", "on", "if"), _policies(deployment, template))


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """A Markdown table, where there is anything to show."""
    if found := list(rows):
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' * len(head)}"
        yield from (f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in found)
        yield ""


def _resources(template: Template) -> Iterator[tuple[str, ...]]:
    for resource in template.resources.values():
        yield f"`{resource.logical_id}`", resource.type.removeprefix("AWS::"), resource.raw.get("Metadata", {}).get("Description", "")


def _inputs(deployment: Deployment, template: Template) -> Iterator[tuple[str, ...]]:
    given = template.stack.raw["Properties"].get("Parameters", {}) if template.stack else {}
    for name, parameter in template.parameters.items():
        giver = _giver(deployment, given[name]) if name in given else None
        output = giver.outputs.get(name, {}) if giver else deployment.templates["root"].parameters.get(name, parameter)
        yield f"`{name}`", f"[{giver.name}](#{giver.name})" if giver else "the deployment", output.get("Description", "")


def _giver(deployment: Deployment, value: dict[str, list[str]]) -> Template | None:
    title = value.get("Fn::GetAtt", [""])[0]
    return next((template for template in deployment.templates.values() if template.stack and template.stack.logical_id == title), None)


def _outputs(deployment: Deployment, template: Template) -> Iterator[tuple[str, ...]]:
    nested = [other for other in deployment.templates.values() if other.stack and other is not template]
    for name, output in template.outputs.items():
        takers = sorted(other.name for other in nested if name in other.parameters)
        published = template.stack is None or name in deployment.templates["root"].outputs
        # Given to nobody as a value, it is there for others to wait for.
        waiting = sorted(other.name for other in nested if _waits(other, template))
        links = [f"[{taker}](#{taker})" for taker in takers] + (["people"] if published else [])
        to = ", ".join(links or [f"[{waiter}](#{waiter}) waits" for waiter in waiting])
        yield f"`{name}`", to, output.get("Description", "")


def _waits(template: Template, other: Template) -> bool:
    return bool(template.stack and other.stack and other.stack.logical_id in template.stack.depends_on)


def _flows(deployment: Deployment, template: Template) -> Iterator[tuple[str, ...]]:
    places = {kind(resource): resource.template.name for resource in standing(deployment)} | {"gateway": "api", "s3": "endpoints"}
    for way in connections(deployment):
        if template.name in (places.get(way.source), places.get(way.target)):
            yield f"{way.source} → {way.target}", way.port, _encryption(way)


def _encryption(way: Connection) -> str:
    return "TLS" if way.encrypted else f"none: {way.protocol} inside AWS's network"


def _permissions(deployment: Deployment, template: Template) -> Iterator[tuple[str, ...]]:
    for role in (resource for resource in template.resources.values() if resource.type == "AWS::IAM::Role"):
        for statement in trust(deployment, role):
            principals = [name for names in statement.principals.values() for name in names]
            yield _code(principals), "take on", f"`{role.logical_id}`", _conditions(statement)
        for statement in permissions(deployment, role):
            yield f"`{role.logical_id}`", _actions(statement), _code(statement.resources), _conditions(statement)


def _policies(deployment: Deployment, template: Template) -> Iterator[tuple[str, ...]]:
    """The policies that stand at a resource: endpoints, buckets, keys, topics, the registry; and the roles' boundary."""
    for resource in template.resources.values():
        if resource.type == "AWS::IAM::Role" or resource.get("Roles"):
            continue
        for _, document in documents(resource):
            for statement in statements(deployment, resource, document):
                names = [name for names in statement.principals.values() for name in names]
                who = "everybody" if names == ["*"] else _code(names) or "roles, at the most"
                # A key's policy speaks of that key alone, whatever it names.
                itself = statement.resources == [ITSELF] or resource.type == "AWS::KMS::Key"
                on = "itself" if itself else _code(statement.resources)
                yield f"`{resource.logical_id}`", who, _actions(statement), on, _conditions(statement)


def _actions(statement: Statement) -> str:
    """The actions by service; those of long lists are counted."""
    denied = "**not** " if statement.effect == "Deny" else ""
    services = groupby(sorted(statement.actions), key=lambda action: action.partition(":")[0])
    parts = []
    for service, found in services:
        actions = [action.partition(":")[2] for action in found]
        parts.append(f"`{service}`: {', '.join(actions) if len(actions) <= 8 else f'{len(actions)} actions'}")
    return denied + "; ".join(parts)


def _code(values: list[str]) -> str:
    return "<br>".join(f"`{value}`" for value in dict.fromkeys(values))


def _conditions(statement: Statement) -> str:
    return "<br>".join(
        f"`{key}` {operator} {', '.join(f'`{value}`' for value in values)}"
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
