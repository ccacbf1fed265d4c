"""The AWS CLI, which packages and deploys: the same commands that docs/deploy.md tells to type."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.verb import say


def command() -> list[str]:
    """The one on PATH; else the one beside this Python."""
    if found := shutil.which("aws"):
        return [found]
    if find_spec("awscli"):
        return [sys.executable, "-m", "awscli"]
    raise RefusedError("There is no AWS CLI: make deploy-tools, then again.")


def start(arguments: Sequence[str]) -> "subprocess.Popen[str]":
    """Start a command; what it says is read by who waits for its end."""
    aws = command()
    say(f"$ aws {shlex.join(arguments)}")
    # A session of its own: Ctrl-C is for us, who say what goes on, and it ends when we do.
    return subprocess.Popen(  # noqa: S603 our own commands, no shell
        [*aws, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, start_new_session=True
    )


def run(arguments: Sequence[str]) -> None:
    """Run a command to its end; raises FailedError with what it said."""
    process = start(arguments)
    try:
        said, _ = process.communicate()
    except KeyboardInterrupt:
        process.terminate()
        raise
    if process.returncode:
        raise FailedError(f"aws {' '.join(arguments[:2])} failed: {said.strip()}")


def parameters(given: dict[str, str]) -> list[str]:
    """As `deploy` takes them."""
    return [f"{name}={value}" for name, value in given.items()]


def tags(**given: str) -> list[str]:
    """As `deploy` takes them."""
    return ["--tags", *parameters(given)]


def compact(document: object) -> str:
    """A document as one argument."""
    return json.dumps(document, separators=(",", ":"))
