"""The role of a workflow suffices for a deployment; IAM's policies are evaluated."""

import pytest

from tests.deployment.account import Account
from tests.deployment.dev import ACCOUNT, BOOTSTRAP, STACK
from tests.deployment.test_pipeline import GITHUB, MAIN, sign_in
from tests.operate.conftest import Run
from tests.operate.ecs import Ecs
from tests.operate.test_preflight import bootstrap, settings
from tests.operate.test_release import push


def test_it_deploys_and_looks_but_does_not_destroy(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(account, added=GITHUB)
    bootstrap(account)
    push(account, "1.0.0")
    for name, value in sign_in(account, *MAIN).items():
        monkeypatch.setenv(name, value)

    said = run("deploy", "dev", "--image", "1.0.0")
    assert said.status == 0, said.err
    # An administrator has looked after these.
    assert "unknown  ECS role" in said.err
    # `logs` is not asked for: the endpoint's log groups have names that CloudFormation's have not.
    said = run("status", "dev")
    assert said.status == 0, said.err

    # Asleep, with all its layers standing: the role reads what stands, and wakes it.
    push(account, "1.0.1")
    with Ecs() as ecs, monkeypatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_ECS", ecs.url)
        patched.setenv("AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING", ecs.url)
        ecs.answers["ListServiceDeployments"] = {"serviceDeployments": []}
        ecs.answers["DescribeServices"] = {"services": [{"status": "ACTIVE", "desiredCount": 0, "runningCount": 1}]}
        said = run("deploy", "dev", "--image", "1.0.1")
        assert said.status == 0, said.err
        assert "The service was asleep, or had too few tasks: it was woken." in said.err
        assert "1 replaced, 1 changed" in said.err
        assert ecs.calls("RegisterScalableTarget")[0]["MinCapacity"] == 1

        ecs.answers["RegisterScalableTarget"] = {"__type": "AccessDeniedException", "message": "denied"}
        events = account.events(STACK)
        said = run("deploy", "dev", "--image", "1.0.0")
        assert said.status == 2
        assert "dev sleeps, and these credentials may not wake it" in said.err
        assert account.events(STACK) == events

    said = run("destroy", "dev", "--yes-destroy-production", "awsome-books-dev")
    assert said.status == 1
    assert "AWS refused" in said.err
    assert {account.stack(stack)["StackStatus"] for stack in (ACCOUNT, BOOTSTRAP)} == {"CREATE_COMPLETE"}
