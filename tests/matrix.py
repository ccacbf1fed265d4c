"""Every allowed combination of the large choices, and each of the others switched once."""

from collections.abc import Iterator
from itertools import product

from templates import settings_checks
from templates.settings import Environment
from tests.settings import Table, changed, environment

ENCRYPTION: dict[str, Table] = {
    "edge": {"encryption": "edge"},
    "end_to_end": {"encryption": "end_to_end", "certificate_domain": "books.example.org"},
}
ZONES: dict[str, Table] = {f"{count}_zones": {"network": {"zones": [f"us-east-1{letter}" for letter in "abc"[:count]]}} for count in (2, 3)}
SWITCHES: dict[str, Table] = {
    "production": {"production": True},
    "bastion": {"bastion": True},
    "endpoints_in_one_zone": {"network": {"endpoint_zones": "one"}},
    "small_vpc": {"network": {"cidr": "192.168.7.0/24"}},
    "one_zone_database": {"database": {"multi_zone": False, "deletion_protection": False, "backup_days": 1}},
    "large_database": {"database": {"instance_class": "db.r7g.2xlarge", "storage_gb": 400, "max_storage_gb": 2000}},
    "snapshot": {"database": {"snapshot": "awsome-books-test-last"}},
    "large_tasks": {"service": {"cpu": 4096, "memory": 8192, "architecture": "X86_64"}, "database": {"instance_class": "db.m7g.large"}},
    "exec": {"service": {"exec": True}},
    "spot": {"service": {"spot_percent": 50}},
    "all_spot": {"service": {"spot_percent": 100}},
    "spot_in_production": {"production": True, "service": {"spot_percent": 80}},
    "night": {"service": {"night": {"sleep_hour": 20, "wake_hour": 7, "timezone": "Europe/Berlin"}}},
    "port_and_path": {"service": {"container_port": 9000, "health_path": "/alive"}},
    "other_repository": {"service": {"image_repository_arn": "arn:aws:ecr:us-east-1:111122223333:repository/books"}},
    "requests": {"deployment": {"strategy": "rolling"}, "service": {"requests_target": 500}},
    "no_waf": {"api": {"waf": False}},
    "domain": {"api": {"domain": "api.example.org"}},
    "cors": {"api": {"cors_origins": ["https://example.org", "http://localhost:3000"]}},
    "email": {"monitoring": {"email": "team@example.org"}},
    "slack": {"monitoring": {"slack": {"workspace_id": "T01234567", "channel_id": "C01234567"}}},
    "budget": {"monitoring": {"budget_usd": 200}},
    "github": {"account": {"github_repository": "club/books", "github_refs": ["ref:refs/tags/v*", "environment:prod"]}},
    "github_known": {
        "account": {
            "github_repository": "club/books",
            "oidc_provider_arn": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
            "api_gateway_log_role": False,
        }
    },
    "pull_accounts": {"account": {"image_pull_accounts": ["111122223333", "444455556666"]}},
    "new_region": {"region": "mx-central-1", "network": {"zones": ["mx-central-1a", "mx-central-1b"]}},
    "other_region": {"region": "eu-central-1", "network": {"zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]}},
}


def combinations() -> Iterator[tuple[str, Environment]]:
    """A name and settings for each combination; all of them pass the checks."""
    for ingress, (encryption, encrypted), authorization, strategy, (zones, zoned) in product(
        ("nlb", "alb"),
        ENCRYPTION.items(),
        ("none", "iam", "api_key", "cognito"),
        ("rolling", "blue_green", "canary", "linear"),
        ZONES.items(),
    ):
        choices = {"ingress": ingress, "api": {"authorization": authorization}, "deployment": {"strategy": strategy}}
        yield "-".join((ingress, encryption, authorization, strategy, zones)), _checked(changed(changed(choices, encrypted), zoned))
    for (name, switch), ingress, (encryption, encrypted) in product(SWITCHES.items(), ("nlb", "alb"), ENCRYPTION.items()):
        yield f"{name}-{ingress}-{encryption}", _checked(changed(changed(switch, {"ingress": ingress}), encrypted))


def _checked(change: Table) -> Environment:
    settings = environment(change)
    # A new region is refused as long as the service has no certificate authority for it, which a refreshed file brings.
    problems = [problem for problem in settings_checks.problems(settings) if "rds-ca.pem" not in problem.sentence]
    assert not problems, problems
    return settings
