"""A changed setting changes the layers concerned, and no other."""

import json
from pathlib import Path

import pytest

from templates.render import render
from templates.settings_file import load
from tests.deployment.account import Account, resource_names
from tests.deployment.conftest import ROOT

pytestmark = pytest.mark.xdist_group("deployment")

DEV = (ROOT / "environments" / "dev.toml").read_text(encoding="utf-8")
STACK = "awsome-books-dev"


def rendered(folder: Path, *changes: tuple[str, str], name: str = "dev") -> dict[str, str]:
    """The templates of dev with its settings changed, each a text and what takes its place."""
    settings = DEV
    for old, new in changes:
        assert old in settings
        settings = settings.replace(old, new)
    file = folder / f"{name}.toml"
    file.write_text(settings, encoding="utf-8")
    return render(load(file))


def physical(account: Account, layer: str) -> set[tuple[str, str]]:
    """The resources of a layer: logical and physical ids."""
    return {(name, resource["PhysicalResourceId"]) for name, resource in account.resources(account.layers(STACK)[layer]).items()}


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
    before, outputs = physical(account, layer), account.stack(STACK)["Outputs"]
    account.deploy(rendered(tmp_path, change), STACK)
    assert account.stack(STACK)["StackStatus"] == "UPDATE_COMPLETE"
    assert account.updated(STACK) == {layer}
    assert account.stack(account.layers(STACK)[layer])["StackStatus"] == "UPDATE_COMPLETE"
    assert {name for name, _ in before ^ physical(account, layer)} == replaced
    assert account.stack(STACK)["Outputs"] == outputs


def test_a_layer_goes_and_comes_back(account: Account, tmp_path: Path) -> None:
    with_bastion, without = rendered(tmp_path), rendered(tmp_path, ("bastion = true", "bastion = false"))
    account.deploy(with_bastion, STACK)
    bastion = account.layers(STACK)["Bastion"]

    account.deploy(without, STACK)
    # Its security group and its endpoints go with it.
    assert account.updated(STACK) == {"Network", "Endpoints"}
    assert account.stack(bastion)["StackStatus"] == "DELETE_COMPLETE"
    assert set(account.layers(STACK)) == set(json.loads(without["root.template.json"])["Resources"])
    assert "BastionInstanceId" not in account.stack(STACK)["Outputs"]

    account.deploy(with_bastion, STACK)
    assert account.stack(account.layers(STACK)["Bastion"])["StackStatus"] == "CREATE_COMPLETE"
    assert "BastionInstanceId" in account.stack(STACK)["Outputs"]


ACM = "arn:aws:acm:us-east-1:100000000000:certificate/00000000-0000-0000-0000-000000000000"
END_TO_END = 'log_days = 7\nencryption = "end_to_end"\ncertificate_domain = "books.example.org"'
ELSEWHERE = (('region = "us-east-1"', 'region = "eu-central-1"'), ('"us-east-1a", "us-east-1b"', '"eu-central-1a", "eu-central-1b"'))
EVERYTHING = """
domain = "api.example.org"
cors_origins = ["https://example.org"]
[monitoring]
email = "team@example.org"
budget_usd = 100
slack = { workspace_id = "T01234567", channel_id = "C01234567" }
"""


@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        pytest.param([("log_days = 7", f'ingress = "alb"\n{END_TO_END}')], {"CertificateArn": ACM}, id="alb-end_to_end"),
        pytest.param([("log_days = 7", 'ingress = "alb"')], {}, id="alb-edge"),
        pytest.param([("log_days = 7", END_TO_END)], {"CertificateArn": ACM}, id="nlb-end_to_end"),
        pytest.param([('strategy = "rolling"', 'strategy = "canary"'), ("exec = true", "exec = false")], {}, id="canary"),
        pytest.param([("waf = false", 'waf = true\nauthorization = "api_key"' + EVERYTHING)], {"ApiCertificateArn": ACM}, id="everything"),
        pytest.param([*ELSEWHERE], {"S3PrefixListId": "pl-6ea54007"}, id="eu-central-1"),
    ],
)
def test_other_settings(
    endpoint: str, account: Account, tmp_path: Path, changes: list[tuple[str, str]], parameters: dict[str, str]
) -> None:
    if "S3PrefixListId" in parameters:
        account = Account(endpoint, account.number, tmp_path, region="eu-central-1")
    templates = rendered(tmp_path, *changes)
    account.deploy(templates, STACK, **parameters)
    assert account.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"
    layers = {name: resource_names(text) for name, text in templates.items() if name not in ALONE}
    found = account.layers(STACK)
    assert set(found) == {title(name) for name in layers}
    for name, resources in layers.items():
        statuses = {resource: each["ResourceStatus"] for resource, each in account.resources(found[title(name)]).items()}
        assert statuses == dict.fromkeys(resources, "CREATE_COMPLETE")
    assert set(account.stack(STACK)["Outputs"]) == set(json.loads(templates["root.template.json"])["Outputs"])


ALONE = {f"{name}.template.json" for name in ("root", "account", "bootstrap")}


def title(template: str) -> str:
    """As the root stack names the layer of a template."""
    return "".join(part.capitalize() for part in template.partition(".")[0].split("_"))
