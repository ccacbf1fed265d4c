"""The deployment as its templates describe it: every reference resolved, across all nested stacks."""

from ci.model.deployment import Deployment, Resource, Template, UnusableInputError, environments, load
from ci.model.values import Missing, Parameter, Reference, Text

__all__ = ["Deployment", "Missing", "Parameter", "Reference", "Resource", "Template", "Text", "UnusableInputError", "environments", "load"]
