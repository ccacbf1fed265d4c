"""Impossible and dangerous combinations are refused by key; what only weakens the deployment gets a warning."""

import zoneinfo

import pytest

from templates import settings_checks
from tests.settings import SHIPPED, Table, environment, shipped

BIG = {"database": {"instance_class": "db.r7g.16xlarge"}}


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"region": "us-nowhere-1"}, "region", "not a supported region"),
        ({"region": "cn-north-1"}, "region", "not a supported region"),
        (
            {"region": "mx-central-1", "network": {"zones": ["mx-central-1a", "mx-central-1b"]}},
            "region",
            "its authority is not in books_api/runtime/rds-ca.pem",
        ),
        ({"network": {"zones": ["eu-west-1a", "eu-west-1b"]}}, "network.zones", "eu-west-1a, eu-west-1b is not a zone of us-east-1"),
        ({"network": {"zones": ["us-east-1a", "us-east-1a"]}}, "network.zones", "named twice"),
        ({"network": {"cidr": "10.0.0.0"}}, "network.cidr", "/16 to a /24"),
        ({"network": {"cidr": "10.0.0.1/16"}}, "network.cidr", "has host bits set"),
        ({"network": {"cidr": "all"}}, "network.cidr", "use a block such as 10.0.0.0/16"),
        ({"network": {"cidr": "8.8.0.0/16"}}, "network.cidr", "not a private block"),
        ({"network": {"cidr": "10.0.0.0/25"}}, "network.cidr", "/16 to a /24"),
        (
            {"network": {"cidr": "10.0.0.0/24", "zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}},
            "network.cidr",
            "a VPC with the zones a, b, c is a /16 to a /21 block",
        ),
        ({"network": {"cidr": "10.0.0.0/24"}, "service": {"max_tasks": 30}, **BIG}, "network.cidr", "27 addresses, but 30 tasks"),
        (
            {"service": {"memory": 8192}},
            "service.memory",
            "Fargate offers no 8192 MiB with 512 CPU units; use one of 1024, 2048, 3072, 4096",
        ),
        ({"service": {"min_tasks": 5}}, "service.min_tasks", "more than service.max_tasks"),
        ({"service": {"requests_target": 100}}, "service.requests_target", 'deployment.strategy = "rolling"'),
        (
            {"service": {"max_tasks": 10}},
            "database.instance_class",
            "2 x 10 tasks open up to 160 connections, but db.t4g.micro allows about",
        ),
        ({"database": {"instance_class": "db.t2.micro"}}, "database.instance_class", "use one of db.t4g.micro"),
        ({"database": {"storage_gb": 100, "max_storage_gb": 105}}, "database.max_storage_gb", "10 %"),
        ({"service": {"night": {"sleep_hour": 7, "wake_hour": 20}}}, "service.night.wake_hour", "not before sleep_hour"),
        ({"production": True, "service": {"night": {"sleep_hour": 20, "wake_hour": 7}}}, "service.night", "takes production down"),
        ({"encryption": "end_to_end"}, "certificate_domain", "needs the domain"),
        (
            {"account": {"github_repository": "club/books", "github_refs": [f"ref:refs/heads/branch-{n}" for n in range(70)]}},
            "account.github_refs",
            "2,048 characters",
        ),
        ({"account": {"image_pull_accounts": ["111122223333", "111122223333"]}}, "account.image_pull_accounts", "named twice"),
        ({"service": {"night": {"sleep_hour": 20, "wake_hour": 7, "timezone": "leapseconds"}}}, "service.night.timezone", "no time zone"),
        ({"certificate_domain": "a.example.org"}, "certificate_domain", 'only with encryption = "end_to_end"'),
        ({"deployment": {"strategy": "linear", "step_percent": 1}}, "deployment.step_percent", "3 to 100"),
        ({"deployment": {"strategy": "linear", "step_percent": 5, "step_minutes": 120}}, "deployment.step_minutes", "no more than 33"),
        ({"deployment": {"strategy": "canary", "bake_minutes": 1440, "step_minutes": 1440}}, "deployment.step_minutes", "no more than 33"),
        (
            {"monitoring": {"budget_usd": 5}, "region": "eu-north-1", "network": {"zones": ["eu-north-1a", "eu-north-1b"]}},
            "monitoring.budget_usd",
            "CloudFormation has no budgets in eu-north-1",
        ),
        (
            {"service": {"image_repository_arn": "arn:aws:ecr:eu-west-1:111122223333:repository/books"}},
            "service.image_repository_arn",
            "replicate the repository to us-east-1",
        ),
        ({"account": {"github_repository": "a/b", "github_environment_refs": []}}, "account.github_environment_refs", "no branch or tag"),
        (
            {"account": {"oidc_provider_arn": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}},
            "account.oidc_provider_arn",
            "only with account.github_repository",
        ),
        ({"production": True, "database": {"multi_zone": False}}, "database.multi_zone", "standby"),
        ({"production": True, "database": {"deletion_protection": False}}, "database.deletion_protection", "protects"),
        ({"production": True, "database": {"backup_days": 1}}, "database.backup_days", "7 days"),
        ({"production": True, "service": {"min_tasks": 1}}, "service.min_tasks", "2 or more"),
        ({"production": True, "network": {"endpoint_zones": "one"}}, "network.endpoint_zones", "loss of a zone"),
        ({"production": True, "service": {"spot_percent": 100}}, "service.spot_percent", "Spot"),
    ],
)
def test_refused(change: Table, key: str, reason: str) -> None:
    problems = list(settings_checks.problems(environment(change)))
    assert [problem.key for problem in problems] == [key]
    assert reason in problems[0].sentence


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_settings_are_allowed(path: object) -> None:
    assert not list(settings_checks.problems(shipped(str(getattr(path, "stem", path)))))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"api": {"authorization": "none"}}, "api.authorization"),
        ({"api": {"waf": False}}, "api.waf"),
        ({"service": {"exec": True}}, "service.exec"),
        ({"database": {"deletion_protection": False}}, "database.deletion_protection"),
        ({"account": {"github_repository": "club/books", "github_refs": ["ref:refs/heads/main"]}}, "account.github_refs"),
    ],
)
def test_warned(change: Table, key: str) -> None:
    heard = {"monitoring": {"email": "a@example.org"}}
    assert [problem.key for problem in settings_checks.warnings(environment(heard | change))] == [key]


def test_the_shipped_production_needs_only_to_be_told_who_hears_of_alarms() -> None:
    assert [problem.key for problem in settings_checks.warnings(shipped("prod"))] == ["monitoring", "encryption"]


def test_a_machine_without_the_table_of_time_zones_lets_all_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    night = environment({"service": {"night": {"sleep_hour": 20, "wake_hour": 7, "timezone": "Mars/Olympus"}}})
    assert [problem.key for problem in settings_checks.problems(night)] == ["service.night.timezone"]
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    assert not list(settings_checks.problems(night))
