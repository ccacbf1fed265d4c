"""Pain 17: nobody knows where migrations run (copilot 2992, containers-roadmap 1145)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.deployments import objections, properties, rendered

RULE = "migrations"


def test_the_rendered_task_migrates_before_it_answers() -> None:
    assert not objections(RULE, rendered("prod"))


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        (lambda _, app: app.pop("DependsOn"), "starts the service although migrations may have failed"),
        (lambda _, app: app["DependsOn"][0].update(Condition="START"), "starts the service although migrations may have failed"),
        (lambda migrate, _: migrate.update(StartTimeout=120), "limits migrations by StartTimeout"),
        (lambda migrate, _: migrate.update(Essential=True), "one container that migrates and ends"),
        (lambda migrate, _: migrate.update(Image="other"), "migrates with another image"),
        (lambda migrate, _: migrate.update(Command=["true"]), "one container that migrates and ends"),
        (lambda migrate, _: migrate.update(Environment=[]), "migrates another database"),
    ],
)
def test_migrations_elsewhere_or_unawaited_are_found(change: Callable[..., Any], objection: str) -> None:
    templates = rendered("prod")
    change(*properties(templates, "ECS::TaskDefinition")["ContainerDefinitions"])
    assert objection in objections(RULE, templates)
