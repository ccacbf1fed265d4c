"""What docs/deploy.md tells to type deploys what is in output/: every stack, every resource, every output; and deletes it."""

import json
import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ci.deployed import protection
from local.references import waits_for
from tests.deployment.account import Account, CommandError, assert_complete
from tests.deployment.dev import ACCOUNT, BOOTSTRAP, ROOT, STACK, layers
from tests.deployment.documented import DEPLOY, PREPARE, commands

TEMPLATES = {path.name.partition(".")[0]: path.read_text(encoding="utf-8") for path in (ROOT / "output" / "dev").glob("*.template.json")}
LAYERS = layers(TEMPLATES)


@pytest.fixture(scope="module")
def deployed(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """The shipped environment dev, deployed by an administrator."""
    account = prepared(endpoint, "200000000001", tmp_path_factory.mktemp("deployed"))
    account.shell(commands(*DEPLOY, "5. Protect it", "6. What came out"))
    return account


def prepared(endpoint: str, number: str, folder: Path) -> Account:
    """An account with all that the first deployment needs."""
    account = Account(endpoint, number, folder)
    (folder / "output").symlink_to(ROOT / "output")
    account.shell(commands(*PREPARE))
    account.push_image(STACK)
    return account


@pytest.mark.parametrize(("stack", "template"), [(ACCOUNT, "account"), (BOOTSTRAP, "bootstrap"), (STACK, "root")])
def test_the_stack_is_complete(deployed: Account, stack: str, template: str) -> None:
    assert_complete(deployed, stack, TEMPLATES[template])


@pytest.mark.parametrize("layer", LAYERS)
def test_the_layer_is_complete(deployed: Account, layer: str) -> None:
    assert_complete(deployed, deployed.resources(STACK)[layer], LAYERS[layer])


def test_layers_get_what_other_layers_provide(deployed: Account) -> None:
    root = deployed.stack(STACK)
    stacks = [deployed.stack(layer) for layer in deployed.resources(STACK).values()]
    provided = {name: value for stack in stacks for name, value in stack["Outputs"].items()}
    for stack in stacks:
        for name, value in stack["Parameters"].items():
            assert value == (provided | root["Parameters"])[name], name
    assert root["Outputs"].items() <= provided.items()


def test_the_image_is_the_pushed_one(deployed: Account) -> None:
    [image] = deployed.client("ecr").describe_images(repositoryName=STACK)["imageDetails"]
    assert deployed.stack(STACK)["Parameters"] == {"ImageDigest": image["imageDigest"]}


@pytest.mark.parametrize(
    ("layer", "later", "earlier"),
    [
        (None, "Service", "Endpoints"),
        (None, "Bastion", "Endpoints"),
        ("Database", "Instance", "PostgresqlLogGroup"),
        ("LoadBalancing", "Alb", "AccessLogsPolicy"),
        ("LoadBalancing", "AlbTargetGroup", "Listener"),
        ("Service", "Service", "InsightsLogGroup"),
    ],
)
def test_what_waits_without_using_it(deployed: Account, layer: str | None, later: str, earlier: str) -> None:
    """The endpoint creates one resource after the other, and may be right by chance: CloudFormation creates many at once."""
    assert earlier in waits_for(json.loads(LAYERS[layer] if layer else TEMPLATES["root"]), later)
    events = deployed.events(deployed.resources(STACK)[layer] if layer else STACK)
    assert events.index((earlier, "CREATE_COMPLETE")) < events.index((later, "CREATE_IN_PROGRESS"))


def test_the_root_is_protected(deployed: Account) -> None:
    with pytest.raises(CommandError, match="TerminationProtection is enabled"):
        deployed.shell(f"aws cloudformation delete-stack --stack-name {STACK}")


@pytest.mark.parametrize(("layer", "resource"), protection.HOLDS_DATA.items())
def test_what_holds_data_is_protected(deployed: Account, layer: str, resource: str) -> None:
    """By the page as by the command."""
    stack = deployed.resources(STACK)[layer]
    policy = json.loads(deployed.client("cloudformation").get_stack_policy(StackName=stack)["StackPolicyBody"])
    assert policy == json.loads(protection.policy(resource))
    [denied] = [statement for statement in policy["Statement"] if statement["Effect"] == "Deny"]
    assert denied["Resource"] == f"LogicalResourceId/{resource}"
    assert resource in deployed.resources(stack)


def test_again_changes_nothing(deployed: Account) -> None:
    before = deployed.events(STACK)
    said = deployed.shell(commands(*PREPARE, *DEPLOY[1:]))
    assert len(re.findall("No changes to deploy", said)) == 3
    assert deployed.events(STACK) == before


def test_delete_leaves_what_holds_data(endpoint: str, tmp_path: Path) -> None:
    account = prepared(endpoint, "200000000002", tmp_path)
    before = account.inventory()
    account.shell(commands(*DEPLOY, "5. Protect it"))
    nested = account.resources(STACK).values()
    bucket = account.stack(BOOTSTRAP)["Outputs"]["ArtifactBucket"]
    assert {f"rds {STACK}", f"logs /aws/rds/instance/{STACK}/postgresql"} <= account.inventory() - before
    account.shell(commands("Before you start", "7. Delete"))
    assert {account.stack(layer)["StackStatus"] for layer in nested} == {"DELETE_COMPLETE"}
    left = account.inventory()
    assert left <= before
    with pytest.raises(ClientError, match="does not exist"):
        account.stack(STACK)

    # The templates in the bucket, and the images, outlive their environment; without them it can come back.
    kept = {f"ecr {STACK}", f"s3 {bucket}"}
    assert kept <= left
    assert account.client("s3").list_object_versions(Bucket=bucket)["Versions"]
    account.shell(f"{commands('Before you start')}artifacts={bucket}\n{commands('8. What stays')}")
    assert account.inventory() == left - kept
    account.shell(commands(*PREPARE))
    assert account.inventory() & kept == {f"ecr {STACK}"}
