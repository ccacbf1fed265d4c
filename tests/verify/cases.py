"""What the single faults are put into: `prod`, `dev`, and settings that between them switch on all that these leave out."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from templates.settings import Environment
from tests import deployments
from tests.deployments import Templates
from tests.rendering import templates
from tests.settings import Table, environment
from tests.verify.mutations import Mutant, mutants

SHIPPED = ("prod", "dev")
# Each has a strategy and a kind of authorization that no other has, and a way to the account's GitHub provider or none.
FURTHER: dict[str, Table] = {
    "domain": {
        "ingress": "alb",
        "encryption": "end_to_end",
        "certificate_domain": "books.example.org",
        "network": {"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]},
        "database": {"snapshot": "last"},
        "deployment": {"strategy": "canary"},
        "api": {"authorization": "iam", "domain": "api.example.org", "cors_origins": ["https://example.org"]},
        "monitoring": {
            "email": "team@example.org",
            "slack": {"workspace_id": "T01234567", "channel_id": "C01234567"},
            "budget_usd": 200,
        },
        "account": {
            "github_repository": "club/books",
            "github_refs": ["ref:refs/heads/main", "environment:prod"],
            "image_pull_accounts": ["111122223333", "444455556666"],
        },
    },
    "key": {
        "region": "eu-central-1",
        "network": {"zones": ["eu-central-1a", "eu-central-1b"]},
        "service": {"image_repository_arn": "arn:aws:ecr:eu-central-1:111122223333:repository/books", "spot_percent": 50},
        "deployment": {"strategy": "linear"},
        "api": {"authorization": "api_key"},
        "account": {
            "github_repository": "club/books",
            "oidc_provider_arn": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
            "api_gateway_log_role": False,
        },
    },
    "region": {
        "region": "mx-central-1",
        "production": True,
        "encryption": "end_to_end",
        "certificate_domain": "books.example.org",
        "network": {"zones": ["mx-central-1a", "mx-central-1b"]},
        "service": {"exec": True, "requests_target": 500, "spot_percent": 80},
        "deployment": {"strategy": "rolling"},
        "api": {"authorization": "none"},
    },
}
NAMES = (*SHIPPED, *FURTHER)


class Case(NamedTuple):
    """Settings and what they render."""

    environment: Environment
    templates: Templates


@cache
def case(name: str) -> Case:
    """A case by its name. Its templates are shared: a fault is put into a copy."""
    if name in SHIPPED:
        return Case(deployments.settings(name), deployments.rendered(name))
    settings = environment(FURTHER[name], name)
    return Case(settings, templates(settings))


def faults() -> Iterator[tuple[str, Mutant]]:
    """Every fault, with the name of the first case that has the place for it."""
    seen: set[str] = set()
    for name in NAMES:
        for mutant in mutants(case(name).templates):
            if mutant.id not in seen:
                seen.add(mutant.id)
                yield name, mutant
