"""A changed setting changes the layers concerned and no other, and other settings deploy as well."""

from pathlib import Path

import pytest

from tests.deployment.account import Account, assert_complete
from tests.deployment.dev import STACK, layers, rendered

CERTIFICATE = "arn:aws:acm:us-east-1:100000000000:certificate/00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("change", "layer", "replaced"),
    [
        pytest.param(('log_level = "DEBUG"', 'log_level = "INFO"'), "Service", {"TaskDefinition"}, id="log level"),
        pytest.param(("throttle_rate = 20", "throttle_rate = 30"), "Api", set(), id="throttling"),
        pytest.param(("max_tasks = 2", "max_tasks = 3"), "Service", set(), id="scaling"),
        pytest.param(("backup_days = 1", "backup_days = 2"), "Database", set(), id="backups"),
    ],
)
def test_a_setting_changes_its_layer(account: Account, tmp_path: Path, change: tuple[str, str], layer: str, replaced: set[str]) -> None:
    account.deploy(rendered(tmp_path), STACK)
    stack, outputs = account.resources(STACK)[layer], account.stack(STACK)["Outputs"]
    before = account.resources(stack)
    account.deploy(rendered(tmp_path, change), STACK)
    assert account.stack(STACK)["StackStatus"] == "UPDATE_COMPLETE"
    assert account.updated(STACK) == {layer}
    assert account.stack(stack)["StackStatus"] == "UPDATE_COMPLETE"
    assert {name for name, _ in before.items() ^ account.resources(stack).items()} == replaced
    assert account.stack(STACK)["Outputs"] == outputs


def test_a_layer_goes_and_comes_back(account: Account, tmp_path: Path) -> None:
    with_bastion, without = rendered(tmp_path), rendered(tmp_path, ("bastion = true", "bastion = false"))
    account.deploy(with_bastion, STACK)
    bastion = account.resources(STACK)["Bastion"]

    account.deploy(without, STACK)
    # Its security group and its endpoints go with it.
    assert account.updated(STACK) == {"Network", "Endpoints"}
    assert account.stack(bastion)["StackStatus"] == "DELETE_COMPLETE"
    assert set(account.resources(STACK)) == set(layers(without))
    assert "BastionInstanceId" not in account.stack(STACK)["Outputs"]

    account.deploy(with_bastion, STACK)
    assert_complete(account, account.resources(STACK)["Bastion"], with_bastion["bastion"])
    assert "BastionInstanceId" in account.stack(STACK)["Outputs"]


ALB = ("log_days = 7", 'log_days = 7\ningress = "alb"')
END_TO_END = ("bastion = true", 'encryption = "end_to_end"\ncertificate_domain = "books.example.org"')
CANARY = ('strategy = "rolling"', 'strategy = "canary"')
ALL = ("waf = false", 'waf = true\nauthorization = "api_key"\ndomain = "api.example.org"\ncors_origins = ["https://example.org"]')
MONITORING = """
[monitoring]
email = "team@example.org"
budget_usd = 100
slack = { workspace_id = "T01234567", channel_id = "C01234567" }
"""
ELSEWHERE = (('region = "us-east-1"', 'region = "eu-central-1"'), ('"us-east-1a", "us-east-1b"', '"eu-central-1a", "eu-central-1b"'))


@pytest.mark.parametrize(
    ("changes", "added", "parameters"),
    [
        pytest.param([ALB, END_TO_END], "", {"CertificateArn": CERTIFICATE}, id="alb-end_to_end"),
        pytest.param([ALB], "", {}, id="alb-edge"),
        pytest.param([END_TO_END, CANARY], "", {"CertificateArn": CERTIFICATE}, id="nlb-end_to_end-canary"),
        pytest.param([ALL], MONITORING, {"ApiCertificateArn": CERTIFICATE}, id="all"),
    ],
)
def test_other_settings(account: Account, tmp_path: Path, changes: list[tuple[str, str]], added: str, parameters: dict[str, str]) -> None:
    templates = rendered(tmp_path, *changes, added=added)
    account.deploy(templates, STACK, **parameters)
    assert_deployed(account, templates)


def test_another_region(endpoint: str, tmp_path: Path) -> None:
    account = Account(endpoint, "200000000004", tmp_path, region="eu-central-1")
    templates = rendered(tmp_path, *ELSEWHERE)
    account.deploy(templates, STACK, S3PrefixListId="pl-6ea54007")
    assert_deployed(account, templates)


def assert_deployed(account: Account, templates: dict[str, str]) -> None:
    """The root and all of its layers."""
    assert_complete(account, STACK, templates["root"])
    for layer, template in layers(templates).items():
        assert_complete(account, account.resources(STACK)[layer], template)
