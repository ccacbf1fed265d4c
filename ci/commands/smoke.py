"""Asks the API for what everybody may read, from outside, as users do."""

import argparse
import json
import socket
import time
from collections.abc import Sequence
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

from ci.deployed import image, stacks, verb
from ci.deployed.environment import Deployed
from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.verb import say

ATTEMPTS, PAUSE = 6, 5.0
EXAMPLES = """\
  python -m ci smoke prod
  python -m ci smoke prod --url https://api.example.org/     another address of the same API
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = verb.parser("smoke", "GET what the service's contract names for it through the API's address.", EXAMPLES)
    parser.add_argument("--url", metavar="URL", help="instead of the stack's ApiUrl")
    return verb.run(parser, arguments, _smoke)


class Answer(NamedTuple):
    """What an address said: the status, how long it took and who answered, or what was in the way."""

    text: str
    is_good: bool = False
    version: str | None = None


def _smoke(deployed: Deployed, options: argparse.Namespace) -> int:
    # Another address needs no credentials.
    root = None if options.url else stacks.root(deployed)
    url = root.outputs["ApiUrl"] if root else options.url
    if not _is_address(url):
        raise RefusedError(f"{url} is no address: give one that begins with https://.")
    version = probe(deployed.name, url, [each.path for each in deployed.settings.contract.smoke])
    deployed_as = image.versions(deployed, root.parameters.get("ImageDigest", "")) if root else []
    # Who may not list versions, or deployed an image without one, knows none.
    if version and deployed_as and version not in deployed_as:
        raise FailedError(
            f"{url} is answered by version {version}, and {', '.join(deployed_as)} is deployed. Next: python -m ci status {deployed.name}"
        )
    say(f"{deployed.name} answers. Next, where it is not as it should be: python -m ci rollback {deployed.name} VERSION")
    return 0


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname)


def probe(name: str, url: str, paths: Sequence[str], pause: float = PAUSE) -> str | None:
    """The version that answers. Raises FailedError where a path does not answer 200."""
    versions = []
    for path in paths:
        address = urljoin(url if url.endswith("/") else f"{url}/", path.removeprefix("/"))
        answer = _patiently(address, pause)
        if not answer.is_good:
            raise FailedError(f"{address} does not answer: {answer.text}. Next: python -m ci status {name}, python -m ci logs {name}")
        print(f"{answer.text}  {address}")
        versions.append(answer.version)
    return next(filter(None, versions), None)


def _patiently(address: str, pause: float) -> Answer:
    """A new API takes some seconds to be known everywhere."""
    told = ""
    for _ in range(ATTEMPTS - 1):
        answer = _get(address)
        if answer.is_good:
            return answer
        if answer.text != told:
            say(f"{answer.text}  {address}, asked up to {ATTEMPTS} times")
            told = answer.text
        time.sleep(pause)
    return _get(address)


def _get(address: str) -> Answer:
    started = time.perf_counter()
    try:
        with urlopen(Request(address, headers={"Accept": "application/json"}), timeout=30) as answer:  # noqa: S310 looked at above
            body = answer.read()
    # A label that is empty or too long is a ValueError.
    except (OSError, ValueError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        return Answer("the name cannot be resolved" if isinstance(reason, socket.gaierror) else str(error))
    version = _version(body)
    by = f" by version {version}" if version else ""
    return Answer(f"{answer.status} in {(time.perf_counter() - started) * 1000:.0f} ms{by}", answer.status == 200, version)


def _version(body: bytes) -> str | None:
    """That of the service, where it says so: / does."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document.get("version") if isinstance(document, dict) else None
