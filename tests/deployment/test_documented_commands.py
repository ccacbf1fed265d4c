"""What docs/deploy.md tells to type deploys what is in output/: every stack, every resource, every output; and deletes it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.deployment.account import Account, CommandError, resource_names
from tests.deployment.conftest import ROOT
from tests.deployment.documented import commands

pytestmark = pytest.mark.xdist_group("deployment")

STACK = "awsome-books-dev"
PREPARE = ("Before you start", "1. The account", "2. The environment's bootstrap")
DEPLOY = ("Before you start", "3. The image", "4. Package and deploy")
TEMPLATES = {path.name.partition(".")[0]: path.read_text() for path in (ROOT / "output" / "dev").glob("*.template.json")}
LAYERS = {name: text for name, text in TEMPLATES.items() if name not in ("root", "account", "bootstrap")}
IMAGE = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}, "layers": []}


@pytest.fixture(scope="module")
def deployed(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """The shipped environment dev, deployed by an administrator."""
    account = Account(endpoint, "200000000001", tmp_path_factory.mktemp("administrator"))
    (account.folder / "output").symlink_to(ROOT / "output")
    account.shell(commands(*PREPARE))
    push(account)
    account.shell(commands(*DEPLOY, "5. Protect it", "6. What came out"))
    return account


def push(account: Account) -> None:
    """Stands in for docker push."""
    account.client("ecr").put_image(repositoryName=STACK, imageManifest=json.dumps(IMAGE), imageTag="1.0.0")


def title(layer: str) -> str:
    """As the root stack names a layer."""
    return "".join(part.capitalize() for part in layer.split("_"))


@pytest.mark.parametrize("name", ["awsome-books-account", "awsome-books-bootstrap-dev", STACK])
def test_the_stack_is_complete(deployed: Account, name: str) -> None:
    template = TEMPLATES[next(part for part in ("account", "bootstrap", "root") if part in name or part == "root")]
    stack = deployed.stack(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {resource: found["ResourceStatus"] for resource, found in deployed.resources(name).items()} == dict.fromkeys(
        resource_names(template), "CREATE_COMPLETE"
    )
    assert_outputs(stack["Outputs"], template)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_layer_is_complete(deployed: Account, layer: str) -> None:
    name = deployed.layers(STACK)[title(layer)]
    stack = deployed.stack(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {resource: found["ResourceStatus"] for resource, found in deployed.resources(name).items()} == dict.fromkeys(
        resource_names(LAYERS[layer]), "CREATE_COMPLETE"
    )
    assert_outputs(stack["Outputs"], LAYERS[layer])


def assert_outputs(outputs: Mapping[str, str], template: str) -> None:
    """All there, and none of them still a reference."""
    assert set(outputs) == set(json.loads(template)["Outputs"])
    for name, value in outputs.items():
        assert value, name
        assert "${" not in value, name
        assert value not in resource_names(template), name


def test_layers_get_what_other_layers_provide(deployed: Account) -> None:
    root = deployed.stack(STACK)
    stacks = [deployed.stack(layer) for layer in deployed.layers(STACK).values()]
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
def test_what_waits_without_a_reference(deployed: Account, layer: str | None, later: str, earlier: str) -> None:
    events = deployed.events(deployed.layers(STACK)[layer] if layer else STACK)
    assert events.index((earlier, "CREATE_COMPLETE")) < events.index((later, "CREATE_IN_PROGRESS"))


def test_protection(deployed: Account) -> None:
    cloudformation = deployed.client("cloudformation")
    assert deployed.stack(STACK)["EnableTerminationProtection"]
    policy = json.loads(cloudformation.get_stack_policy(StackName=deployed.layers(STACK)["Database"])["StackPolicyBody"])
    denied = [statement for statement in policy["Statement"] if statement["Effect"] == "Deny"]
    assert [statement["Resource"] for statement in denied] == ["LogicalResourceId/Instance"]
    assert "Instance" in resource_names(LAYERS["database"])
    with pytest.raises(CommandError, match="TerminationProtection is enabled"):
        deployed.shell(f"aws cloudformation delete-stack --stack-name {STACK}")


def test_again_changes_nothing(deployed: Account) -> None:
    before = deployed.events(STACK)
    said = deployed.shell(commands(*PREPARE, *DEPLOY[1:]))
    assert len(re.findall("No changes to deploy", said)) == 3
    assert deployed.events(STACK) == before


def test_delete_leaves_nothing(endpoint: str, tmp_path: Path) -> None:
    account = Account(endpoint, "200000000002", tmp_path)
    (account.folder / "output").symlink_to(ROOT / "output")
    account.shell(commands(*PREPARE))
    push(account)
    before = account.inventory()
    account.shell(commands(*DEPLOY, "5. Protect it"))
    layers, built = account.layers(STACK), account.inventory() - before
    assert {"rds awsome-books-dev", "logs /aws/rds/instance/awsome-books-dev/postgresql"} <= built
    account.shell(commands("Before you start", "7. Delete"))
    assert {account.stack(layer)["StackStatus"] for layer in layers.values()} == {"DELETE_COMPLETE"}
    # What is retained: ministack knows that of the stacks that are not nested.
    assert account.inventory() - before == set()
    assert {name.partition(" ")[2] for name in account.inventory() & before} >= {STACK}
    with pytest.raises(account.client("cloudformation").exceptions.ClientError, match="does not exist"):
        account.stack(STACK)
