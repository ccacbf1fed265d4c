"""A task of ECS: the containers of its definition in their order, until they end; what they log is in CloudWatch Logs."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from local.engines import Command, Engine
from local.registry import PullError

Definition = Mapping[str, Any]
# Takes the container's log options, the name of its stream, and a line.
Log = Callable[[Mapping[str, str], str, str], None]
NOT_RESOLVED = "dependency graph: failed container ordering dependency [{needed}] for target [{name}] did not exit successfully"


class TaskStoppedError(Exception):
    """The task has ended, or was not started; `code` is ECS's stop code."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


class Running:
    """A container that was started."""

    def __init__(self, name: str, declared: Mapping[str, Any], variables: Mapping[str, str], command: Command) -> None:
        self.name = name
        self.declared = declared
        self.variables = variables
        self.process = subprocess.Popen(
            command.arguments,
            env=dict(command.variables),
            cwd=command.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Signals of the terminal are not for it, and it is ended with its children.
            start_new_session=True,
        )


class Task:
    """One task. `start` returns once it is healthy; `ended` says why it is over."""

    def __init__(
        self, number: str, engine: Engine, definition: Definition, variables: Callable[[Mapping[str, Any]], dict[str, str]], log: Log
    ) -> None:
        """`number` is ECS's; `variables` are those of a container, with what they stand for on this machine."""
        self.id = number
        self.containers: dict[str, Running] = {}
        # Why containers did not run, by their names.
        self.reasons: dict[str, str] = {}
        self.healthy = False
        self._engine = engine
        self._definition = definition
        self._variables = variables
        self._log = log
        self._stopping = threading.Event()

    def start(self) -> None:
        """Containers that others need first; raises TaskStoppedError."""
        declared = {container["Name"]: container for container in self._definition["ContainerDefinitions"]}
        for image in {container["Image"] for container in declared.values()}:
            try:
                self._engine.pull(image)
            except PullError as error:
                raise TaskStoppedError(f"CannotPullContainerError: {error}", "TaskFailedToStart") from None
        waiting = list(declared)
        while waiting:
            name = next(
                each for each in waiting if not {need["ContainerName"] for need in declared[each].get("DependsOn", ())} & {*waiting}
            )
            waiting.remove(name)
            for need in declared[name].get("DependsOn", ()):
                self._wait_for(name, need["ContainerName"], need["Condition"])
            self._run(declared[name])
        for name, container in declared.items():
            if container.get("HealthCheck") and container.get("Essential", True):
                self._until_healthy(name)
        self.healthy = True

    def watch(self) -> None:
        """Return when it is over; raises TaskStoppedError where nobody stopped it."""
        failures, next_check = 0, time.monotonic()
        while not self._stopping.is_set():
            for name, running in self.containers.items():
                if running.declared.get("Essential", True) and running.process.poll() is not None:
                    raise TaskStoppedError("Essential container in task exited", "EssentialContainerExited")
                check = running.declared.get("HealthCheck")
                if check and time.monotonic() >= next_check:
                    next_check = time.monotonic() + check["Interval"]
                    failures = 0 if self.execute(name, _command(check), check["Timeout"]) == 0 else failures + 1
                    if failures >= check["Retries"]:
                        raise TaskStoppedError("Task failed container health checks", "EssentialContainerExited")
            self._stopping.wait(0.3)

    def execute(self, name: str, arguments: list[str], seconds: float = 60) -> int:
        """Run a command in a container; its exit status."""
        running = self.containers[name]
        command = self._engine.execute(running.name, running.declared, running.variables, arguments)
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                command.arguments, env=dict(command.variables), cwd=command.folder, capture_output=True, check=False, timeout=seconds
            )
            return done.returncode
        return 1

    def stop(self) -> None:
        """As ECS does: told first, killed after the time that the container asks for."""
        self._stopping.set()
        for running in self.containers.values():
            if running.process.poll() is None:
                seconds = int(running.declared.get("StopTimeout", 30))
                self._engine.stop(running.name, seconds)
                _signal(running.process, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    running.process.wait(seconds)
                _signal(running.process, signal.SIGKILL)
                running.process.wait()

    def exit_codes(self) -> dict[str, int | None]:
        """Of the containers that ran; None of one that still does."""
        return {name: running.process.poll() for name, running in self.containers.items()}

    def _run(self, container: Mapping[str, Any]) -> None:
        if self._stopping.is_set():
            raise TaskStoppedError("Task stopped before it was started", "UserInitiated")
        name = f"{container['Name']}-{self.id[:12]}"
        variables = self._variables(container)
        command = self._engine.run(name, self._definition, container, variables)
        running = Running(name, container, variables, command)
        self.containers[container["Name"]] = running
        options = container.get("LogConfiguration", {}).get("Options", {})
        stream = f"{options.get('awslogs-stream-prefix', 'task')}/{container['Name']}/{self.id}"

        def read() -> None:
            assert running.process.stdout
            for line in running.process.stdout:
                self._log(options, stream, line.rstrip("\n"))

        threading.Thread(target=read, daemon=True).start()

    def _wait_for(self, name: str, needed: str, condition: str) -> None:
        if condition == "HEALTHY":
            self._until_healthy(needed)
        elif condition in ("SUCCESS", "COMPLETE"):
            status = self.containers[needed].process.wait()
            if status and condition == "SUCCESS":
                self.reasons[name] = NOT_RESOLVED.format(needed=needed, name=name)
                raise TaskStoppedError(self.reasons[name], "TaskFailedToStart")

    def _until_healthy(self, name: str) -> None:
        """Asked more often than the definition says: nobody likes to wait."""
        check = self.containers[name].declared["HealthCheck"]
        until = time.monotonic() + check["StartPeriod"] + check["Interval"] * check["Retries"]
        while self.execute(name, _command(check), check["Timeout"]):
            if self.containers[name].process.poll() is not None:
                raise TaskStoppedError("Essential container in task exited", "EssentialContainerExited")
            if time.monotonic() > until or self._stopping.is_set():
                raise TaskStoppedError("Task failed container health checks", "EssentialContainerExited")
            time.sleep(0.2)


def _signal(process: "subprocess.Popen[str]", number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _command(check: Mapping[str, Any]) -> list[str]:
    """CMD is run as it is, CMD-SHELL by a shell."""
    kind, *arguments = check["Command"]
    return ["sh", "-c", *arguments] if kind == "CMD-SHELL" else list(arguments)
