"""Runs a rendered task definition as Fargate does, on one Docker engine: the init container, then the app, with the limits of both."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import requests
import urllib3

from local import containers
from tests.image.engine import Engine

urllib3.disable_warnings()


class TaskStoppedError(Exception):
    """A container that others wait for has failed."""


@dataclass
class Task:
    """One task; as a context, running."""

    engine: Engine
    image: str
    definition: Mapping[str, Any]
    # What the template's references stand for.
    values: Mapping[str, str]
    # On the host's network the rendered ports may be taken.
    ports: dict[str, str]
    # What Fargate gives to every container: the region, and a role's credentials.
    platform: dict[str, str]
    # Names that the VPC's resolver knows, and files that only a test replaces.
    hosts: Mapping[str, str]
    files: Mapping[str, str]
    name: str = field(default_factory=lambda: f"task-{uuid.uuid4().hex[:8]}")

    def __enter__(self) -> Self:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = False
        told = {variable["Name"]: self._value(variable["Value"]) for variable in self._app["Environment"]}
        # The host of requests from the gateway; a service that reads no such variable takes any.
        self.session.headers["Host"] = told.get("ALLOWED_HOSTS", "localhost")
        started: set[str] = set()
        waiting = list(self.definition["ContainerDefinitions"])
        try:
            while waiting:
                container = next(
                    container for container in waiting if {needed["ContainerName"] for needed in container.get("DependsOn", ())} <= started
                )
                waiting.remove(container)
                self._run(container)
                started.add(container["Name"])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.docker("rm", "--force", "--volumes", *(self.container(name) for name in self._names()), check=False)
        self.engine.docker("volume", "rm", "--force", *(self._volume(volume["Name"]) for volume in self.definition["Volumes"]), check=False)

    def _names(self) -> list[str]:
        return [container["Name"] for container in self.definition["ContainerDefinitions"]]

    def container(self, name: str = "app") -> str:
        """Docker's name of a container."""
        return f"{self.name}-{name}"

    def _volume(self, name: str) -> str:
        return f"{self.name}-volume-{name}"

    def _run(self, container: Mapping[str, Any]) -> None:
        """One that others need to succeed runs to its end, the others go on."""
        name = self.container(container["Name"])
        waited = {
            (needed["ContainerName"], needed["Condition"])
            for other in self.definition["ContainerDefinitions"]
            for needed in other.get("DependsOn", ())
        }
        detached = [] if (container["Name"], "SUCCESS") in waited else ["--detach"]
        command = ["docker", "run", f"--name={name}", *detached, *self._options(container), self.image, *container.get("Command", ())]
        result = self.engine.run(*command, check=False)
        if result.returncode:
            raise TaskStoppedError(f"{container['Name']} ended with {result.returncode}: {result.stdout}{result.stderr}")

    def _options(self, container: Mapping[str, Any]) -> list[str]:
        variables = {variable["Name"]: self._value(variable["Value"]) for variable in container["Environment"]}
        options = containers.options(self.definition, container, variables | self.ports | self.platform)
        options += [f"--volume={self._volume(mount['SourceVolume'])}:{mount['ContainerPath']}" for mount in container["MountPoints"]]
        options += [f"--volume={source}:{target}:ro" for target, source in self.files.items()]
        return options + [f"--add-host={host}:{address}" for host, address in self.hosts.items()]

    def _value(self, value: str | Mapping[str, str]) -> str:
        return value if isinstance(value, str) else self.values[value["Ref"]]

    @property
    def _app(self) -> Mapping[str, Any]:
        app: Mapping[str, Any] = next(container for container in self.definition["ContainerDefinitions"] if container["Name"] == "app")
        return app

    @property
    def health_check(self) -> list[str]:
        """The command that ECS runs in the app's container, again and again."""
        kind, *command = self._app["HealthCheck"]["Command"]
        assert kind == "CMD"
        return list(command)

    @property
    def url(self) -> str:
        """Where the app listens."""
        scheme = "https" if {"Name": "TLS", "Value": "on"} in self._app["Environment"] else "http"
        return f"{scheme}://127.0.0.1:{self.ports['PORT']}"

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask it, as the balancer does."""
        return self.session.request(method, self.url + path, timeout=30, **options)

    def first_answer(self, path: str, seconds: float = 60) -> requests.Response:
        """The first that is no refusal."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.request("GET", path)
                if answer.ok:
                    return answer
            except requests.ConnectionError:
                pass
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)

    def log(self, name: str = "app") -> str:
        """What a container wrote."""
        return self.engine.docker("logs", self.container(name), check=False)

    def execute(self, *command: str, user: str = "") -> "tuple[int, str]":
        """Run a command in the app's container, as its health check is run: the exit status, and what it printed."""
        result = self.engine.run("docker", "exec", *([f"--user={user}"] * bool(user)), self.container(), *command, check=False)
        return result.returncode, (result.stdout + result.stderr).strip()
