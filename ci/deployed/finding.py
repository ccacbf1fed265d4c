"""What a check before a deployment looks at, and what it finds."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from ci.deployed.environment import Deployed


class Finding(NamedTuple):
    """What a check found; `stop` stops a deployment, `unknown` could not be looked at."""

    state: Literal["ok", "stop", "unknown"]
    sentence: str
    remedy: str = ""


class Wanted(NamedTuple):
    """What is to be deployed."""

    image: str | None
    certificates: dict[str, str]


Check = Callable[[Deployed, Wanted], Iterator[Finding]]
