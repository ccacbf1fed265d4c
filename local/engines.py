"""What runs a task's containers: a Docker engine, or processes where there is none. Both are commands that run as long as a container."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from local import containers
from local.registry import Image, PullError, Registry

Container = Mapping[str, Any]


class Command(NamedTuple):
    """What is started, with which variables, and where."""

    arguments: Sequence[str]
    variables: Mapping[str, str]
    folder: Path | None


class Engine(Protocol):
    """Knows how a container becomes a command; `name` is the container's on this machine."""

    def pull(self, image: str) -> None:
        """Have the image here; raises PullError."""

    def run(self, name: str, definition: Container, container: Container, variables: Mapping[str, str]) -> Command:
        """Start the container; the command ends with it, and writes what it logs."""

    def execute(self, name: str, container: Container, variables: Mapping[str, str], arguments: Sequence[str]) -> Command:
        """Run something in a running container."""

    def stop(self, name: str, seconds: int) -> None:
        """Tell it to stop, where its command alone does not do so."""


class Processes:
    """A container is a process: with the image's files and this environment's Python, and without walls."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._images: dict[str, Image] = {}

    def pull(self, image: str) -> None:
        """See Engine."""
        self._images[image] = self._registry.pull(image)

    def run(self, name: str, definition: Container, container: Container, variables: Mapping[str, str]) -> Command:
        """See Engine."""
        config = self._images[container["Image"]].config["config"]
        return self.execute(name, container, variables, container.get("Command") or [*config.get("Entrypoint", ()), *config["Cmd"]])

    def execute(self, name: str, container: Container, variables: Mapping[str, str], arguments: Sequence[str]) -> Command:
        """See Engine."""
        image = self._images[container["Image"]]
        config = image.config["config"]
        folder = image.root / config.get("WorkingDir", "/").lstrip("/")
        own = dict(each.split("=", 1) for each in config.get("Env", ()))
        ours = {
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
            # The image keeps its bytecode in a folder of its own, and so do processes.
            "PYTHONPYCACHEPREFIX": str(image.root / ".pycache"),
            "HOME": str(folder),
        }
        return Command(arguments, own | ours | dict(variables), folder)

    def stop(self, name: str, seconds: int) -> None:
        """The signal to its process is enough."""


class Docker:
    """A container is one of the engine that answers, on this machine's network."""

    def __init__(self, registry: Registry, files: Sequence[Path], variables: Mapping[str, str]) -> None:
        """`files` of this machine are where they are in containers, too; `variables` lead docker to its engine."""
        self._registry = registry
        self._variables = variables
        self._files = files

    def pull(self, image: str) -> None:
        """See Engine."""
        local = self._registry.local(image)
        done = subprocess.run(["docker", "pull", "--quiet", local], env=self._variables, check=False, capture_output=True, text=True)
        if done.returncode:
            raise PullError(done.stderr.strip())

    def run(self, name: str, definition: Container, container: Container, variables: Mapping[str, str]) -> Command:
        """See Engine."""
        # Volumes without a name go with their container.
        volumes = [f"--volume={mount['ContainerPath']}" for mount in container.get("MountPoints", ())]
        volumes += [f"--volume={file}:{file}:ro" for file in self._files]
        options = [*containers.options(definition, container, variables), *volumes]
        image = self._registry.local(container["Image"])
        return Command(["docker", "run", "--rm", f"--name={name}", *options, image, *container.get("Command", ())], self._variables, None)

    def execute(self, name: str, container: Container, variables: Mapping[str, str], arguments: Sequence[str]) -> Command:
        """See Engine."""
        return Command(["docker", "exec", name, *arguments], self._variables, None)

    def stop(self, name: str, seconds: int) -> None:
        """See Engine."""
        subprocess.run(["docker", "stop", f"--time={seconds}", name], env=self._variables, check=False, capture_output=True)
