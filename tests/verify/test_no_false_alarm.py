"""Verify finds nothing in any allowed combination of settings."""

import json

import pytest

from templates.render import render
from templates.settings import Environment
from tests.deployments import SUFFIX, found, settings
from tests.matrix import combinations

SHIPPED = [(name, settings(name)) for name in ("dev", "prod", "staging")]


@pytest.mark.parametrize("environment", [pytest.param(environment, id=name) for name, environment in [*SHIPPED, *combinations()]])
def test_what_the_settings_allow_is_clean(environment: Environment) -> None:
    templates = {name.removesuffix(SUFFIX): json.loads(text) for name, text in render(environment).items()}
    assert found(templates, environment) == {}
