"""Another team's service, with a contract of its own, is built by our command and runs as its task definition says."""

import json
import platform
import sys
from pathlib import Path

import pytest

from local.postgres import free_port
from tests.changes import corpus
from tests.image.base import python_image
from tests.image.engine import Engine
from tests.image.task import Task


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with the service `orders`, rendered."""
    corpus.apply("orders", corpus.copied(tmp_path))
    return tmp_path


def test_it_is_built_and_answers(engine: Engine, project: Path) -> None:
    architecture = "arm64" if platform.machine() == "aarch64" else "amd64"
    options = [f"--platform=linux/{architecture}", f"--build-arg=PYTHON_IMAGE={python_image(engine)}", "--network=host"]
    built = engine.run(sys.executable, "-P", "-m", "ci", "image", "build", "1.0.0", "--for", "orders", *options, PYTHONPATH=str(project))
    assert built.stdout.strip() == "orders:1.0.0"
    engine.run(sys.executable, str(project / "generate.py"), "orders", PYTHONPATH=str(project))
    template = json.loads((project / "output" / "orders" / "service.template.json").read_text())
    definition = template["Resources"]["TaskDefinition"]["Properties"]
    assert [container["Name"] for container in definition["ContainerDefinitions"]] == ["app"]
    values = {"EntranceHost": "entrance-1.elb.us-east-1.amazonaws.com"}
    with Task(engine, "orders:1.0.0", definition, values, {"PORT": str(free_port())}, {}, {}, {}) as task:
        assert task.first_answer("/alive").json() == {"alive": True}
        assert task.request("POST", "/orders", json={"isbn": "9780141439518"}).json() == {"number": 1}
        assert task.request("GET", "/orders").json() == {"orders": [{"isbn": "9780141439518"}]}
        assert engine.run("docker", "exec", task.container(), *task.health_check, check=False).returncode == 0
