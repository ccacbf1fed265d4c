"""Version 2 of the AWS CLI runs the documented commands too, and `preview` reads what its `package` uploads."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ci.commands import preview
from tests.deployment.account import Account, assert_complete
from tests.deployment.dev import ROOT, STACK
from tests.deployment.documented import DEPLOY, PREPARE, commands

INSTALL = "apt-get install awscli (Debian), or https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
# Before 2.13 it knows no AWS_ENDPOINT_URL, and at no time does `package` take --endpoint-url.
PLUGIN = """\
import os
from urllib.parse import urlsplit


def awscli_initialize(events):
    events.register("before-send", redirect)


def redirect(request, **_):
    where = urlsplit(request.url)
    request.url = os.environ["AWS_ENDPOINT_URL"] + request.url.removeprefix(f"{where.scheme}://{where.netloc}")
"""
CONFIG = """\
[default]
s3 =
  addressing_style = path
[plugins]
cli_legacy_plugin_path = {folder}
loopback = loopback
"""


def version_2() -> str | None:
    """The first one on PATH."""
    for folder in os.environ["PATH"].split(os.pathsep):
        found = shutil.which("aws", path=folder)
        if found and subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.startswith("aws-cli/2."):
            return found
    return None


def test_the_documented_commands(account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    command = version_2()
    if command is None:
        pytest.skip(f"There is no AWS CLI of version 2 on PATH: {INSTALL}")
    folder: Path = account.folder
    (folder / "loopback.py").write_text(PLUGIN, encoding="utf-8")
    (folder / "config").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    script = f'#!/bin/sh\nexport AWS_CONFIG_FILE={folder}/config PATH={os.environ["PATH"]}\nexec {command} "$@"\n'
    (folder / "bin" / "aws").write_text(script, encoding="utf-8")
    (folder / "output").symlink_to(ROOT / "output")
    account.shell(commands(*PREPARE))
    account.push_image(STACK)
    account.shell(commands(*DEPLOY))
    assert_complete(account, STACK, (ROOT / "output" / "dev" / "root.template.json").read_text(encoding="utf-8"))
    assert "No changes to deploy" in account.shell(commands(*DEPLOY))

    for name, value in {"AWS_ENDPOINT_URL": account.endpoint, "AWS_ACCESS_KEY_ID": account.number, "AWS_SECRET_ACCESS_KEY": "any"}.items():
        monkeypatch.setenv(name, value)
    assert preview.main(["dev", "--against", "live"]) == 0
    assert f"what is deployed as {STACK}: nothing changes" in capsys.readouterr().out
