"""Deployments as the settings render them, in memory."""

import json

from ci.model import Deployment
from ci.model.deployment import SUFFIX
from templates.render import render
from templates.settings import Environment
from tests.deployments import Templates
from tests.settings import Table, environment


def deployed(change: Table, name: str = "test") -> Deployment:
    """The deployment of the minimal settings with a change."""
    return rendered(environment(change, name))


def rendered(settings: Environment) -> Deployment:
    """The deployment of these settings."""
    return Deployment(templates(settings), settings)


def templates(settings: Environment) -> Templates:
    """The templates of these settings, as data that a test may break."""
    return {file.removesuffix(SUFFIX): json.loads(text) for file, text in render(settings).items()}
