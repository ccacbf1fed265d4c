"""The endpoint, and an account of its own for each test."""

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.postgres import free_port
from local.server import serve
from tests.deployment.account import Account

NUMBERS = itertools.count(100_000_000_000)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address: the name and not the number, since the addresses of packaged templates begin with it."""
    folder, port = tmp_path_factory.mktemp("endpoint"), str(free_port())
    command = [sys.executable, "-m", "local.endpoint", port]
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(folder)}
    with serve(command, f"http://127.0.0.1:{port}", environment, folder / "log.txt") as url:
        yield url


@pytest.fixture
def account(endpoint: str, tmp_path: Path) -> Account:
    """An empty account."""
    return Account(endpoint, str(next(NUMBERS)), tmp_path)
