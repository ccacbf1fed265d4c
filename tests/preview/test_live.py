"""What is foretold against a deployment that stands, beside what then happens to it."""

import json
from pathlib import Path

import pytest

from ci.commands import preview
from tests.deployment.account import Account
from tests.deployment.conftest import account, endpoint
from tests.deployment.dev import STACK, rendered

# Fixtures, by these names.
__all__ = ["account", "endpoint"]


def test_what_is_foretold_happens(
    account: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {"AWS_ENDPOINT_URL": account.endpoint, "AWS_ACCESS_KEY_ID": account.number, "AWS_SECRET_ACCESS_KEY": "any"}.items():
        monkeypatch.setenv(name, value)
    account.deploy(rendered(tmp_path), STACK)
    changed = rendered(tmp_path, ('log_level = "DEBUG"', 'log_level = "INFO"'))
    (tmp_path / "new" / "dev").mkdir(parents=True)
    for layer, text in changed.items():
        (tmp_path / "new" / "dev" / f"{layer}.template.json").write_text(text)

    def foretold(*arguments: str) -> dict[str, str]:
        assert preview.main(["dev", "--against", "live", "--format", "json", *arguments]) == 0
        [found] = json.loads(capsys.readouterr().out)
        # These stacks of their own are not deployed here.
        alone = ("account", "bootstrap")
        return {change["label"]: change["kind"] for change in found["changes"] if change["label"].split(".")[0] not in alone}

    assert foretold() == {}
    assert foretold("--output", str(tmp_path / "new")) == {"service.TaskDefinition": "replaced", "service.Service": "changed"}
    service = account.resources(STACK)["Service"]
    before = account.resources(service)
    account.deploy(changed, STACK)
    assert {name for name, _ in before.items() ^ account.resources(service).items()} == {"TaskDefinition"}
    assert foretold("--output", str(tmp_path / "new")) == {}
