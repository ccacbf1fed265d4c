"""Asks the API for what everybody may read, from outside, as users do."""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from http.client import HTTPException
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from ci.deployed import stacks, verb
from ci.deployed.environment import Deployed
from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.verb import say

PATHS = ("", "books", "openapi.json")
ATTEMPTS, PAUSE = 6, 5.0
EXAMPLES = """\
  python -m ci smoke prod
  python -m ci smoke prod --url https://api.example.org/     another address of the same API
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = verb.parser("smoke", "GET /, /books and /openapi.json through the API's address.", EXAMPLES)
    parser.add_argument("--url", metavar="URL", help="instead of the stack's ApiUrl")
    return verb.run(parser, arguments, _smoke)


def _smoke(deployed: Deployed, options: argparse.Namespace) -> int:
    url = options.url or stacks.root(deployed).outputs["ApiUrl"]
    if not url.startswith(("https://", "http://")):
        raise RefusedError(f"{url} is no address: give one that begins with https://.")
    probe(url)
    say(f"{deployed.name} answers. Next, where it is not as it should be: python -m ci rollback {deployed.name} VERSION")
    return 0


def probe(url: str, paths: Iterable[str] = PATHS, pause: float = PAUSE) -> None:
    """Raises FailedError where a path does not answer 200; a new API takes some seconds to be known everywhere."""
    for path in paths:
        address = urljoin(url if url.endswith("/") else f"{url}/", path)
        for attempt in range(1, ATTEMPTS + 1):
            said = _get(address)
            if said.startswith("200"):
                print(f"{said}  {address}")
                break
            say(f"{said}  {address}, attempt {attempt} of {ATTEMPTS}")
            if attempt < ATTEMPTS:
                time.sleep(pause)
        else:
            raise FailedError(f"{address} does not answer: {said}. Next: python -m ci status ENV, python -m ci logs ENV")


def _get(address: str) -> str:
    """The status, how long it took and who answered, or what was in the way."""
    started = time.perf_counter()
    try:
        with urlopen(Request(address, headers={"Accept": "application/json"}), timeout=30) as answer:  # noqa: S310 looked at above
            body = answer.read()
    except (OSError, HTTPException) as error:
        return str(error)
    return f"{answer.status} in {(time.perf_counter() - started) * 1000:.0f} ms{_version(body)}"


def _version(body: bytes) -> str:
    """That of the service, where it says so: / does."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    version = document.get("version") if isinstance(document, dict) else None
    return f" by version {version}" if version else ""
