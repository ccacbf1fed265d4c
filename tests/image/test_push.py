"""The image goes to a registry in ECR's shape, by the real clients; what is no image goes to an AWS endpoint on loopback."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ci.deployed.docker import PLATFORMS
from templates.contract import contract
from tests.image.aws import REGISTRY, Endpoint
from tests.image.engine import INSTALL, Engine, missing
from tests.image.registry import PASSWORD, serve
from tests.settings import shipped

NAME = contract("books_api").name


@dataclass(frozen=True)
class Registry:
    """Where images go."""

    engine: Engine
    env: dict[str, str]
    arguments_log: Path

    def push(self, environment: str, version: str) -> "subprocess.CompletedProcess[str]":
        """As a user does."""
        command = [sys.executable, "-m", "ci", "image", "push", environment, version]
        return self.engine.run(*self.engine.inside(command), check=False, **self.env)

    def digest(self, repository: str, version: str) -> str:
        """What another client finds there."""
        command = ["skopeo", "--override-os=linux", "inspect", "--no-tags", "--format={{.Digest}}", f"--creds=AWS:{PASSWORD}"]
        architecture = PLATFORMS[shipped("dev").service.architecture].partition("/")[2]
        command.insert(1, f"--override-arch={architecture}")
        return self.engine.run(*self.engine.inside([*command, f"docker://{REGISTRY}/{repository}:{version}"])).stdout.strip()


@pytest.fixture
def registry(engine: Engine, endpoint: Endpoint, tmp_path: Path) -> Iterator[Registry]:
    """An empty one."""
    if lacking := missing("skopeo"):
        pytest.skip(f"reading what was pushed takes {lacking[0]}: {INSTALL}")
    with serve(engine, tmp_path):
        yield Registry(engine, _recorded(engine, tmp_path) | endpoint.env, tmp_path / "arguments")


def _recorded(engine: Engine, folder: Path) -> dict[str, str]:
    """The clients write down the arguments that they are called with."""
    # The CLI of these tests' own environment before one that the machine has.
    path = f"{Path(sys.executable).parent}:{engine.env['PATH']}"
    (folder / "bin").mkdir()
    for client in ("docker", "aws"):
        script = folder / "bin" / client
        script.write_text(f'#!/bin/sh\necho "{client} $*" >> {folder}/arguments\nPATH={path} exec {client} "$@"\n')
        script.chmod(0o755)
    return {"PATH": f"{folder}/bin:{path}"}


def _image(engine: Engine, version: str, architecture: str) -> None:
    """An image for that processor, whatever this machine's is; its content does not matter here."""
    command = ["docker", "build", f"--platform={PLATFORMS[architecture]}", f"--tag={NAME}:{version}", "-"]
    engine.run(*command, given=f'FROM scratch\nLABEL version="{version}"\nWORKDIR /{version}\n', DOCKER_BUILDKIT="1")


def test_a_version_is_pushed_once(engine: Engine, registry: Registry) -> None:
    environment = shipped("dev")
    _image(engine, "9.0.0", environment.service.architecture)
    first = registry.push("dev", "9.0.0")
    assert first.returncode == 0, first.stderr
    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", first.stdout)
    assert first.stdout.strip() == registry.digest("awsome-books-dev", "9.0.0")
    assert first.stderr.splitlines()[-1] == "Next: python -m ci deploy dev --image 9.0.0"
    arguments = registry.arguments_log.read_text()
    assert f"docker login --username=AWS --password-stdin {REGISTRY}" in arguments
    assert PASSWORD not in arguments + first.stdout + first.stderr

    # As another machine, where the image was built or loaded: it knows nothing of the registry.
    engine.docker("image", "rm", f"{REGISTRY}/awsome-books-dev:9.0.0")
    again = registry.push("dev", "9.0.0")
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr
    assert f"{REGISTRY}/awsome-books-dev:9.0.0 is this image already." in again.stderr

    _image(engine, "9.0.1", environment.service.architecture)
    engine.docker("tag", f"{NAME}:9.0.1", f"{NAME}:9.0.0")
    second = registry.push("dev", "9.0.0")
    assert (second.returncode, second.stdout) == (2, "")
    refusal = f"{REGISTRY}/awsome-books-dev:9.0.0 exists already, and a version never changes: build the next version.\n"
    assert second.stderr.endswith(refusal)
    assert registry.digest("awsome-books-dev", "9.0.0") == first.stdout.strip(), "the first is still there"


def test_what_cannot_run_there_is_not_pushed(engine: Engine, registry: Registry) -> None:
    other = next(name for name in PLATFORMS if name != shipped("dev").service.architecture)
    _image(engine, "9.1.0", other)
    result = registry.push("dev", "9.1.0")
    assert result.returncode == 2
    assert f"{NAME}:9.1.0 is built for {PLATFORMS[other]}, and dev runs on" in result.stderr
    result = registry.push("dev", "9.9.9")
    assert result.returncode == 2
    assert result.stderr == f"There is no image {NAME}:9.9.9 on this machine. Next: python -m ci image build 9.9.9\n"


def test_a_registry_that_refuses_the_login_is_named(engine: Engine, registry: Registry, tmp_path: Path) -> None:
    _image(engine, "9.2.0", shipped("dev").service.architecture)
    (tmp_path / "htpasswd").write_text("AWS:$2y$05$" + "x" * 53 + "\n")
    # The registry reads the file again when it is newer.
    os.utime(tmp_path / "htpasswd", (time.time() + 5, time.time() + 5))
    result = registry.push("dev", "9.2.0")
    assert (result.returncode, result.stdout) == (1, "")
    assert "docker login --username=AWS failed with exit status 1; it said why above." in result.stderr
