"""The demo: a region of its own in .local/, a copy of the project in it, and the variables that lead the commands there."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from local import project
from local.postgres import free_port
from local.project import ROOT
from local.region import AUTHORITIES, DOCKER, PROCESSES

ACCOUNT, REGION = "111122223333", "us-east-1"
# Whoever sits here may have others, which lead to other accounts.
FOREIGN = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")


class DemoError(Exception):
    """The demo cannot go on; the text is one sentence."""


class Demo:
    """As a context, running. `environment` is what its commands need, `variables` the part that a terminal needs to be told."""

    def __init__(self, folder: Path, port: int, outer: Mapping[str, str] = os.environ) -> None:
        """`port` is where a browser finds the API; `outer` are the variables of who starts it."""
        self.folder = folder
        self.project = folder / "project"
        self.url = f"http://localhost:{port}/dev/"
        self._outer = dict(outer)
        self._port = port
        self._endpoint = free_port()
        self.engine = DOCKER if _has_engine(self._outer) else PROCESSES
        authorities = str(folder / AUTHORITIES)
        self.variables = {
            "AWS_ENDPOINT_URL": f"http://localhost:{self._endpoint}",
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": REGION,
            # No profile of a real account is taken by mistake.
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            # AWS's own names lead here too: the API's, and those of which the AWS CLI ignores AWS_ENDPOINT_URL.
            "HTTPS_PROXY": f"http://localhost:{port}",
            "AWS_CA_BUNDLE": authorities,
            "SSL_CERT_FILE": authorities,
            "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}",
        }
        kept = {name: value for name, value in self._outer.items() if name not in FOREIGN}
        self.environment = kept | self.variables | {"PATH": f"{self.variables['PATH']}:{self._outer['PATH']}"}

    def __enter__(self) -> Self:
        _refuse_taken(self._port)
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "images").mkdir()
        (self.folder / "databases").mkdir()
        project.copy(self.project)
        if self.engine == PROCESSES:
            self._put_stand_in()
        self._write_variables()
        self._log = (self.folder / "region.log").open("wb")
        command = [sys.executable, "-m", "local.region", str(self._endpoint), str(self._port), str(self.folder), self.engine]
        variables = self._outer | {"MINISTACK_ACCOUNT_ID": ACCOUNT, "TMPDIR": str(self.folder)}
        # A session of its own: Ctrl-C is for us, who end it.
        self._region = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=self._log, stderr=self._log, start_new_session=True
        )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self._region.stdin
        self._region.stdin.close()
        try:
            self._region.wait(90)
        except subprocess.TimeoutExpired:
            self._region.kill()
            self._region.wait()
        self._log.close()

    def run(self, command: str) -> int:
        """Run a command in the copy of the project, on this terminal; its exit status."""
        return subprocess.run(["sh", "-c", command], cwd=self.project, env=self.environment, check=False).returncode

    def exports(self) -> str:
        """What another terminal is to type first."""
        lines = [f"unset {' '.join(FOREIGN)}"]
        for name, value in self.variables.items():
            lines.append(f"export {name}={shlex.quote(value)}{':$PATH' if name == 'PATH' else ''}")
        return "\n".join([*lines, f"cd {shlex.quote(str(self.project))}", ""])

    def _write_variables(self) -> None:
        (self.folder / "variables").write_text(self.exports(), encoding="utf-8")

    def _put_stand_in(self) -> None:
        docker = self.folder / "bin" / "docker"
        store = shlex.quote(str(self.folder / "docker"))
        python = f"PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -P -m local.docker"
        docker.write_text(f'#!/bin/sh\nLOCAL_DOCKER_STORE={store} {python} "$@"\n', encoding="utf-8")
        docker.chmod(0o755)

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while self._region.poll() is None and time.monotonic() < until:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self._endpoint}/_ministack/health").close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise DemoError(f"The region did not start; {self.folder / 'region.log'} says why.")


def _refuse_taken(port: int) -> None:
    try:
        with socket.socket() as probe:
            # As the region does: a port that was left a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError as error:
        raise DemoError(f"The port {port} cannot be used: {error.strerror}. Name another one, such as PORT=8001 make demo") from None


def _has_engine(variables: Mapping[str, str]) -> bool:
    """Whether a Docker engine answers that can run our image on this machine's own network."""
    # Elsewhere an engine runs in a machine of its own.
    if sys.platform != "linux" or not shutil.which("docker", path=variables["PATH"]):
        return False
    declared = re.search(r"^ARG PYTHON_IMAGE=(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert declared
    for command in (["info"], ["image", "inspect", declared[1]], ["pull", "--quiet", declared[1]]):
        done = subprocess.run(["docker", *command], env=dict(variables), check=False, capture_output=True)
        if command == ["info"] and done.returncode:
            return False
        if command != ["info"] and done.returncode == 0:
            return True
    return False
