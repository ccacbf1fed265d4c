"""Production is protected by its first deployment, and from this command itself."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.deployment.account import Account
from tests.deployment.documented import PREPARE, commands
from tests.operate.conftest import Run
from tests.operate.ecs import Ecs
from tests.operate.test_release import push

STACK = "awsome-books-prod"


def test_production(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    account.shell("aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com")
    assert run("deploy", "prod", "--image", "1.0.0").status == 1
    push(account, "1.0.0", repository=STACK)

    # The endpoint starts one task, and has no auto scaling to start a second.
    with Ecs() as scaling:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING", scaling.url)
        said = run("deploy", "prod", "--image", "1.0.0", "--minutes", "0.01")
        assert [call["MinCapacity"] for call in scaling.calls("RegisterScalableTarget")] == [2]
    assert said.status == 1
    assert "after 0.01 minutes 1 of at least 2 tasks run. Next: python -m ci logs prod" in said.err
    # What production protects from deletion cannot be rolled back.
    assert "--disable-rollback" in said.err
    assert account.stack(STACK)["EnableTerminationProtection"]

    said = run("destroy", "prod")
    assert said.status == 2
    assert f"give --yes-destroy-production {STACK}" in said.err
    assert run("destroy", "prod", "--yes-destroy-production", "awsome-books-dev").status == 2
    events = account.events(STACK)
    said = run("destroy", "prod", "--yes-destroy-production", STACK)
    assert said.status == 2
    assert f"The database {STACK} is protected from deletion" in said.err
    assert account.events(STACK) == events


def test_what_production_leaves(account: Account, run: Run) -> None:
    """Its bootstrap stack goes, not its images and templates."""
    account.shell(commands(*PREPARE).replace("environment=dev", "environment=prod"))
    push(account, "1.0.0", repository=STACK)
    bucket = account.stack("awsome-books-bootstrap-prod")["Outputs"]["ArtifactBucket"]
    said = run("destroy", "prod", "--yes-destroy-production", STACK)
    assert said.status == 0, said.err
    assert f"Kept: the buckets {bucket} and the images of {STACK}." in said.err
    assert {f"s3 {bucket}", f"ecr {STACK}"} <= account.inventory()
    assert [image["imageTags"] for image in account.client("ecr").describe_images(repositoryName=STACK)["imageDetails"]] == [["1.0.0"]]
    with pytest.raises(ClientError, match="does not exist"):
        account.stack("awsome-books-bootstrap-prod")


def test_tunnel(account: Account, run: Run) -> None:
    """What the CLI gets; a session needs an instance."""
    account.client("cloudformation").create_stack(
        StackName="awsome-books-dev",
        TemplateBody=json.dumps(
            {
                "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
                "Outputs": {
                    "BastionInstanceId": {"Value": "i-1"},
                    "DatabaseHost": {"Value": "books.rds"},
                    "DatabaseSecretArn": {"Value": "secret"},
                },
            }
        ),
    )
    said = run("tunnel", "dev")
    assert said.status == 2
    assert "There is no session-manager-plugin on PATH" in said.err

    for name, text in (("session-manager-plugin", ""), ("aws", 'printf "%s\\n" "$@" > asked')):
        (account.folder / "bin" / name).write_text(f"#!/bin/sh\ncd {account.folder}\n{text}\n", encoding="utf-8")
        (account.folder / "bin" / name).chmod(0o755)
    said = run("tunnel", "dev", "--port", "5433")
    assert said.status == 0
    assert "localhost:5433" in said.err
    asked = (account.folder / "asked").read_text().splitlines()
    assert asked[:2] == ["ssm", "start-session"]
    assert asked[asked.index("--target") + 1] == "i-1"
    assert json.loads(asked[-1]) == {"host": ["books.rds"], "portNumber": ["5432"], "localPortNumber": ["5433"]}
