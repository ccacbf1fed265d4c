"""The role of a workflow suffices for a deployment; IAM's policies are evaluated."""

import pytest

from tests.deployment.account import Account
from tests.deployment.dev import ACCOUNT, BOOTSTRAP
from tests.deployment.test_pipeline import GITHUB, MAIN, sign_in
from tests.operate.conftest import Run
from tests.operate.test_preflight import bootstrap, settings
from tests.operate.test_release import push


def test_it_deploys_and_looks_but_does_not_destroy(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(account, added=GITHUB)
    bootstrap(account)
    push(account, "1.0.0")
    for name, value in sign_in(account, MAIN).items():
        monkeypatch.setenv(name, value)

    said = run("deploy", "dev", "--image", "1.0.0")
    assert said.status == 0, said.err
    # An administrator has looked after these.
    assert "unknown  ECS role" in said.err
    # `logs` is not asked for: the endpoint's log groups have names that CloudFormation's have not.
    said = run("status", "dev")
    assert said.status == 0, said.err

    said = run("destroy", "dev", "--yes-destroy-production", "awsome-books-dev")
    assert said.status == 1
    assert "AWS refused" in said.err
    assert {account.stack(stack)["StackStatus"] for stack in (ACCOUNT, BOOTSTRAP)} == {"CREATE_COMPLETE"}
