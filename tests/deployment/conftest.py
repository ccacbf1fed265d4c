"""The endpoint, and an account of its own for each test."""

import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.account import Account
from tests.deployment.dev import ROOT

NUMBERS = itertools.count(100_000_000_000)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address: the name and not the number, since the addresses of packaged templates begin with it."""
    folder = tmp_path_factory.mktemp("endpoint")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", folder / "log.txt"
    with log.open("w") as output:
        command = [sys.executable, "-m", "tests.deployment.endpoint", str(port)]
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(folder)}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        _wait(f"{url}/_ministack/health", process, log)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The endpoint did not start:\n{log.read_text()}")


@pytest.fixture
def account(endpoint: str, tmp_path: Path) -> Account:
    """An empty account."""
    return Account(endpoint, str(next(NUMBERS)), tmp_path)
