"""What an AWS region runs for the account, on this machine: names, certificates, the database, the service's task and the way to it."""

import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.image.aws import LAYERS, REGION, REGISTRY
from tests.image.database import Instance, instance
from tests.image.engine import Engine
from tests.image.registry import PASSWORD
from tests.image.task import Task, TaskStoppedError
from tests.service.postgres import free_port
from tests.service.relay import Relay

# Addresses of this process, since others may listen on 80 and 443.
FRONT_ADDRESS = f"127.78.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
BALANCER_ADDRESS = f"127.79.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"


class Front(Relay):
    """Ends TLS, as API Gateway and S3 do."""

    def _agree(self, client: socket.socket) -> None:
        """TLS from the first byte."""


class Region:
    """Does what `tests.journey.cloud` tells it; its methods are the actions."""

    def __init__(self, engine: Engine, port: int, stack: ExitStack) -> None:
        """`port` is the endpoint's."""
        self.engine = engine
        self.platform = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
        self.stack = stack
        self.host = ""
        self.instance: Instance | None = None
        self.task: Task | None = None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        engine.authority.issue_cert(f"*.execute-api.{REGION}.amazonaws.com", LAYERS).configure_cert(context)
        for relay in (Front(port, context, (FRONT_ADDRESS, 443)), balancer := Relay(0, address=(BALANCER_ADDRESS, 80))):
            stack.callback(relay.close)
        self.balancer = balancer
        engine.name(LAYERS, FRONT_ADDRESS)
        # A login of its own: what the user's client keeps is not for ECS.
        self.docker = ["docker", f"--config={engine.folder}/ecs"]

    def name_api(self, host: str) -> None:
        """An API's address leads to the gateway."""
        self.engine.name(host, FRONT_ADDRESS)

    def name_balancer(self, host: str) -> None:
        """A balancer's name leads to the task: NLB and ALB are one here."""
        self.engine.name(host, BALANCER_ADDRESS)

    def start_database(self, host: str, **arguments: str) -> None:
        """Under its name, which only the tasks know."""
        self.host, self.instance = host, self.stack.enter_context(instance(host, **arguments))

    def start_task(self, service: str, definition: dict[str, Any], credentials: dict[str, str]) -> None:
        """The next one; the one before ends when this one is healthy. Raises TaskStoppedError."""
        assert self.instance
        [image] = {container["Image"] for container in definition["ContainerDefinitions"]}
        self.engine.run(*self.docker, "login", "--username=AWS", "--password-stdin", REGISTRY, given=PASSWORD)
        self.engine.run(*self.docker, "pull", "--quiet", image)
        [entrance] = {each["Value"] for each in definition["ContainerDefinitions"][0]["Environment"] if each["Name"] == "ALLOWED_HOSTS"}
        task = Task(
            self.engine,
            image,
            definition,
            values={"EntranceHost": entrance},
            # All tasks have one address here.
            ports={"PORT": str(free_port()), "DATABASE_PORT": str(self.instance.port)},
            platform=self.platform | credentials,
            hosts={self.host: "127.0.0.1"},
            # Nobody but AWS has a certificate of RDS's authorities.
            files={"/app/books_api/runtime/rds-ca.pem": str(self.instance.authority)},
        )
        self.stack.enter_context(task)
        deadline = time.monotonic() + 60
        while task.execute(*task.health_check)[0]:
            if time.monotonic() > deadline:
                raise TaskStoppedError(f"{service}: its task does not become healthy: {task.log()}")
            time.sleep(0.2)
        self.balancer.move(int(task.ports["PORT"]))
        self.stop_task()
        self.task = task

    def stop_task(self) -> None:
        """As ECS does: told first."""
        if self.task:
            self.engine.docker("stop", self.task.container())
            self.task.__exit__()
            self.task = None


@contextmanager
def running(engine: Engine, port: int) -> Iterator[tuple[Region, str]]:
    """A region, and where it takes its orders."""
    with ExitStack() as stack:
        region = Region(engine, port, stack)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                arguments = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, reason = 200, ""
                try:
                    getattr(region, self.path.removeprefix("/"))(**arguments)
                except (AssertionError, TaskStoppedError) as error:
                    status, reason = 500, str(error)
                self.send_response(status)
                self.send_header("Content-Length", str(len(reason.encode())))
                self.end_headers()
                self.wfile.write(reason.encode())

            def log_message(self, *_: object) -> None:
                pass

        server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        stack.callback(server.shutdown)
        yield region, f"http://127.0.0.1:{server.server_port}"
