"""The deployment as its templates describe it: every reference resolved, across all nested stacks."""

from ci.model.deployment import Deployment
from ci.model.reading import UnusableInputError, environments, load
from ci.model.resource import Missing, Reference, Resource, Template
from ci.model.values import Parameter, Text

__all__ = ["Deployment", "Missing", "Parameter", "Reference", "Resource", "Template", "Text", "UnusableInputError", "environments", "load"]
