"""The project's commands, in an account at the endpoint of tests/deployment."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from ci.__main__ import main
from tests.deployment.account import Account
from tests.deployment.conftest import account, endpoint
from tests.deployment.dev import ROOT
from tests.operate.ecs import Ecs

__all__ = ["account", "endpoint"]


class Said(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def signed_in(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """As the account's administrator, with a project in the account's folder."""
    (account.folder / "output").symlink_to(ROOT / "output")
    (account.folder / "environments").symlink_to(ROOT / "environments")
    monkeypatch.setenv("PATH", f"{account.folder}/bin", prepend=":")
    environment = {
        "HOME": str(account.folder),
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_ACCESS_KEY_ID": account.number,
        "AWS_SECRET_ACCESS_KEY": "any",
        "TMPDIR": str(account.folder),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return account


@pytest.fixture
def run(signed_in: Account, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a verb in the account, on the project in its folder: `python -m ci VERB ...`."""

    def run_verb(*arguments: str) -> Said:
        capsys.readouterr()
        status = main([*arguments, "--project", str(signed_in.folder)])
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run_verb


def intercept(account: Account, script: str) -> None:
    """What the AWS CLI of the commands does before it deploys a stack; where the script exits it does nothing else."""
    command = account.folder / "bin" / "aws"
    case = f'case "$*" in "cloudformation deploy "*)\n{script}\n;; esac\n'
    command.write_text(command.read_text(encoding="utf-8").replace("exec ", f"{case}exec ", 1), encoding="utf-8")


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ecs]:
    """ECS and its auto scaling, which the endpoint has not: at the edge, so that the requests are real ones."""
    with Ecs() as server:
        for service in ("ECS", "APPLICATION_AUTO_SCALING"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
        yield server
