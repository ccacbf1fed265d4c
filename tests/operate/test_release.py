"""From an empty account to a running version, the next one, back again, and nothing left."""

import json
from io import StringIO

import pytest

from tests.deployment.account import Account
from tests.deployment.dev import BOOTSTRAP, ROOT, STACK
from tests.operate.conftest import Run

# A property that there is not.
BROKEN = ('"MultiAZ"', '"MultiZone"')


def push(account: Account, version: str, architecture: str = "arm64", repository: str = STACK) -> str:
    """Stands in for `python -m ci image push`; the digest."""
    kind = "application/vnd.oci.image.index.v1+json"
    platform = {"digest": f"sha256:{'1' * 64}", "platform": {"os": "linux", "architecture": architecture}}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [platform], "annotations": {"version": version}})
    image = account.client("ecr").put_image(
        repositoryName=repository, imageManifest=manifest, imageManifestMediaType=kind, imageTag=version
    )
    digest: str = image["image"]["imageId"]["imageDigest"]
    return digest


def prepare(account: Account, run: Run) -> None:
    """What the first deployment asks for: a role that AWS makes, and an image."""
    account.shell("aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com")
    said = run("deploy", "dev", "--image", "0.1.0")
    # Begun: the registry is there now.
    assert said.status == 1
    assert "There is no image 0.1.0" in said.err
    assert "python -m ci image push dev" in said.err
    assert account.stack(BOOTSTRAP)["StackStatus"] == "CREATE_COMPLETE"


def running(account: Account) -> str:
    digest: str = account.stack(STACK)["Parameters"]["ImageDigest"]
    return digest


def test_from_nothing_and_back(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = account.inventory()
    assert run("rollback", "dev", "0.1.0").status == 2
    assert account.client("cloudformation").describe_stacks()["Stacks"] == []
    prepare(account, run)
    first, second = push(account, "0.1.0"), push(account, "0.2.0")

    said = run("deploy", "dev", "--image", "v0.1.0")
    assert said.status == 0, said.err
    assert said.out.strip() == account.stack(STACK)["Outputs"]["ApiUrl"]
    assert "aws cloudformation package" in said.err
    assert "CREATE_COMPLETE       Database/Instance                   PostgreSQL in one zone" in said.err
    assert said.err.rstrip().endswith("Next: python -m ci smoke dev")
    assert running(account) == first
    for layer, resource in (("Database", "Instance"), ("Api", "UserPool")):
        policy = account.client("cloudformation").get_stack_policy(StackName=account.resources(STACK)[layer])["StackPolicyBody"]
        assert f'"Action":["Update:Replace","Update:Delete"],"Resource":"LogicalResourceId/{resource}"' in policy

    assert run("deploy", "dev", "--image", "0.2.0").status == 0
    assert running(account) == second
    said = run("status", "dev")
    assert f"0.2.0 {second}" in said.out
    assert "1 of 1 run" in said.out

    said = run("rollback", "dev", "v0.1.0")
    assert said.status == 0
    assert "Service/TaskDefinition" in said.err
    assert "Database/Instance" not in said.err
    assert running(account) == first
    said = run("rollback", "dev", "0.1.0")
    assert said.status == 0
    assert "dev runs 0.1.0 already." in said.err

    events = account.events(STACK)
    for version, reason in (("v9.9.9", "There is no image 9.9.9"), ("v1.0", "v1.0 is no version")):
        said = run("rollback", "dev", version)
        assert said.status == 2
        assert reason in said.err
    assert account.events(STACK) == events

    monkeypatch.setattr("sys.stdin", StringIO("yes\n"))
    assert run("destroy", "dev").status == 2
    assert account.events(STACK) == events
    monkeypatch.setattr("sys.stdin", StringIO(f"{STACK}\n"))
    said = run("destroy", "dev")
    assert said.status == 0, said.err
    assert "DELETE_COMPLETE       Database" in said.err
    # The account's own stack serves other environments too.
    left = {item for item in account.inventory() - before if "awsome-books-account" not in item and "AWSServiceRole" not in item}
    assert left == set()


def write(account: Account, old: str, new: str) -> None:
    """Put changed templates in the place of the rendered ones."""
    folder = account.folder / "output" / "dev"
    if folder.parent.is_symlink():
        folder.parent.unlink()
        folder.mkdir(parents=True)
    for path in (ROOT / "output" / "dev").iterdir():
        (folder / path.name).write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_layer_that_fails(account: Account, run: Run) -> None:
    """In its first deployment; then the commands that are printed lead out of it."""
    prepare(account, run)
    push(account, "0.1.0")
    write(account, *BROKEN)
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 1
    told = said.err[said.err.index("The cause: ") :].splitlines()
    assert told[0].startswith("The cause: Database/Instance (PostgreSQL in one zone): CREATE_FAILED: ")
    assert "'MultiZone' was unexpected" in told[0]
    assert f"{STACK} is ROLLBACK_COMPLETE." in told
    assert told[-1] == "Then: python -m ci deploy dev --image 0.1.0"

    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 2
    assert f"stop     stack         {STACK} is ROLLBACK_COMPLETE" in said.err
    account.shell(f"aws {told[-2].partition(': aws ')[2]}")
    write(account, "", "")
    assert run("deploy", "dev", "--image", "0.1.0").status == 0

    write(account, *BROKEN)
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 1
    assert "The cause: Database/Instance (PostgreSQL in one zone): UPDATE_FAILED: " in said.err
    assert f"{STACK} is UPDATE_ROLLBACK_COMPLETE." in said.err
    assert said.err.rstrip().endswith("Next: remove the cause, then: python -m ci deploy dev --image 0.1.0")

    # Refused before anything begins: then the CLI's own words say why.
    write(account, "[0-9a-f]{64}", "[0-9a-f]{63}")
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 1
    assert "'ImageDigest' must be sha256: and 64 hexadecimal digits" in said.err
    assert f"{STACK} is as it was." in said.err
