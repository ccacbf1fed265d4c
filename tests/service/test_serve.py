"""`make serve` says why it cannot start."""

import os
import socket
import subprocess
import sys

import pytest

from tests.settings import ROOT


@pytest.mark.parametrize(
    ("port", "sentence"),
    [
        ("taken", "cannot be used: Address already in use. Name another one"),
        ("99999", "99999 is no port: name one from 1 to 65535"),
        ("http", "http is no port"),
    ],
)
def test_a_port_that_cannot_be_used(port: str, sentence: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        given = str(other.getsockname()[1]) if port == "taken" else port
        command = [sys.executable, "-m", "books_api.serve"]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PORT": given}, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert done.stderr.endswith(", such as PORT=8081 make serve\n")
