"""Verify finds nothing in any allowed combination of settings."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from templates import settings_checks
from templates.render import render
from templates.settings import Account, Environment, Monitoring, Slack
from tests.deployments import SUFFIX, found, settings

DOMAIN = "books.example.org"


def with_(environment: Environment, **tables: Any) -> Environment:
    """The settings with some keys changed; a dictionary changes keys of a table."""
    changed = {name: replace(getattr(environment, name), **value) if isinstance(value, dict) else value for name, value in tables.items()}
    return replace(environment, **changed)


def variants() -> Iterator[tuple[str, Environment]]:
    prod, dev = settings("prod"), settings("dev")
    choices = product(
        ("nlb", "alb"), ("edge", "end_to_end"), ("none", "iam", "api_key", "cognito"), ("rolling", "blue_green", "canary", "linear")
    )
    for ingress, encryption, authorization, strategy in choices:
        yield (
            f"{ingress} {encryption} {authorization} {strategy}",
            with_(
                prod,
                ingress=ingress,
                encryption=encryption,
                certificate_domain=DOMAIN if encryption == "end_to_end" else None,
                api={"authorization": authorization},
                deployment={"strategy": strategy},
            ),
        )
    yield "bastion", with_(prod, bastion=True)
    yield "no bastion", with_(dev, bastion=False)
    yield "exec", with_(prod, service={"exec": True})
    yield "no exec", with_(dev, service={"exec": False})
    yield "three zones", with_(prod, network={"zones": ("us-east-1a", "us-east-1b", "us-east-1c")})
    yield "small network", with_(prod, network={"cidr": "10.9.0.0/20"})
    for region in ("eu-central-1", "ap-southeast-5", "mx-central-1"):
        zones = tuple(f"{region}{letter}" for letter in "abc")
        yield region, with_(prod, region=region, network={"zones": zones[:2]})
        yield f"{region} all", with_(prod, region=region, bastion=True, network={"zones": zones}, service={"exec": True})
    yield "domain", with_(prod, api={"domain": "api.example.org"})
    yield "domain, CORS, v2", with_(prod, ingress="alb", api={"domain": "api.example.org", "cors_origins": ("https://example.org",)})
    yield "CORS, no WAF", with_(prod, api={"cors_origins": ("https://example.org",), "waf": False})
    slack = Slack(workspace_id="T0000000", channel_id="C0000000")
    yield "monitoring", with_(prod, monitoring=Monitoring(email="a@example.org", slack=slack, budget_usd=100))
    yield "GitHub", with_(prod, account=Account(github_repository="o/r", github_refs=("ref:refs/heads/main", "environment:prod")))
    provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    others = {"oidc_provider_arn": provider, "api_gateway_log_role": False, "image_pull_accounts": ("111122223333",)}
    yield "existing account", with_(prod, account=Account(github_repository="o/r", **others))
    yield "some Spot", with_(prod, service={"spot_percent": 50})
    size = {"architecture": "X86_64", "cpu": 1024, "memory": 2048, "container_port": 9000, "health_path": "/alive"}
    yield "size", with_(prod, service=size | {"requests_target": 500, "max_tasks": 3}, deployment={"strategy": "rolling"})
    yield "shared image", with_(prod, service={"image_repository_arn": "arn:aws:ecr:us-east-1:111122223333:repository/shared/books"})
    large = {"instance_class": "db.m8g.large", "engine_version": "16", "storage_gb": 100, "max_storage_gb": 1000}
    yield "database", with_(prod, database=large)
    yield "longest names", with_(prod, project="a-project-of-20-char", name="abcdefghij")


@pytest.mark.parametrize("environment", [pytest.param(environment, id=name) for name, environment in variants()])
def test_what_the_settings_allow_is_clean(environment):
    assert not list(settings_checks.problems(environment))
    templates = {name.removesuffix(SUFFIX): json.loads(text) for name, text in render(environment).items()}
    assert found(templates, environment) == {}
