"""Verify finds nothing in any allowed combination of settings."""

import pytest

from templates.settings import Environment
from tests.deployments import found, settings
from tests.matrix import combinations
from tests.rendering import templates

SHIPPED = [(name, settings(name)) for name in ("dev", "prod", "staging")]


@pytest.mark.parametrize("environment", [pytest.param(environment, id=name) for name, environment in [*SHIPPED, *combinations()]])
def test_what_the_settings_allow_is_clean(environment: Environment) -> None:
    assert found(templates(environment), environment) == {}
