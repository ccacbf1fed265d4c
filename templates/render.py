"""Settings in, templates out: all in memory, so that an error leaves nothing half-written."""

from collections.abc import Sequence
from typing import Any

from troposphere import Template

from templates import encoding
from templates.layer import Layer
from templates.layers.account import account
from templates.layers.api import api
from templates.layers.bastion import bastion
from templates.layers.bootstrap import bootstrap
from templates.layers.dashboard import dashboard
from templates.layers.database import database
from templates.layers.endpoints import endpoints
from templates.layers.load_balancing import load_balancing
from templates.layers.network import network
from templates.layers.notifications import notifications
from templates.layers.service import service
from templates.root import root, standalone
from templates.settings import Environment
from templates.tasks import application


def layers(environment: Environment) -> list[Layer]:
    """The layers of an environment that the root stack nests."""
    enabled = [notifications(environment), network(environment), load_balancing(environment), api(environment)]
    if kept := environment.contract.database:
        enabled.append(database(environment, kept))
    if environment.bastion:
        enabled.append(bastion(environment))
    # From here on, what runs the application: it is told of all layers before it.
    enabled.append(service(environment, application(enabled)))
    calls = [call for layer in enabled for call in layer.calls]
    graphs = [graph for layer in enabled for graph in layer.graphs]
    return [*enabled, endpoints(environment, calls), dashboard(environment, graphs)]


def alone(environment: Environment, nested: Sequence[Layer]) -> list[Layer]:
    """The layers that are stacks of their own, deployed before the root stack."""
    return [layer for layer in (account(environment), bootstrap(environment, nested)) if layer]


def render(environment: Environment) -> dict[str, str]:
    """The text of each template by its file's name, `<layer>.template.json`; raises WiringError."""
    nested = layers(environment)
    templates = {
        **{layer.name: standalone(layer) for layer in alone(environment, nested)},
        "root": root(environment, nested),
        **{layer.name: layer.template for layer in nested},
    }
    return {f"{name}.template.json": encoding.pretty(_sections(template)) for name, template in templates.items()}


def _sections(template: Template) -> dict[str, Any]:
    sections = {
        "AWSTemplateFormatVersion": template.version,
        "Description": template.description,
        "Parameters": template.parameters,
        "Resources": template.resources,
        "Outputs": template.outputs,
    }
    return {name: section for name, section in sections.items() if section}
