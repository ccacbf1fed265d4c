"""What docs/deploy.md tells to type deploys what is in output/: every stack, every resource, every output; and deletes it."""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from templates.render import render
from templates.settings_file import load
from tests.deployment.account import DIGEST, Account, CommandError, resource_names
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
    stacks = [deployed.stack(layer) for layer in deployed.layers(STACK).values()]
    provided = {name: value for stack in stacks for name, value in stack["Outputs"].items()}
    for stack in stacks:
        for name, value in stack["Parameters"].items():
            assert value == (DIGEST_OF_IMAGE if name == "ImageDigest" else provided[name]), name
    assert deployed.stack(STACK)["Outputs"].items() <= provided.items()


def test_the_image_is_the_one_that_was_pushed(deployed: Account) -> None:
    parameters = deployed.stack(STACK)["Parameters"]
    assert parameters == {"ImageDigest": DIGEST_OF_IMAGE}
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", DIGEST_OF_IMAGE)
