"""Shows what happens to the stacks: a tree that is kept up to date on a terminal, a line for each change elsewhere."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from ci.deployed.environment import Deployed
from ci.deployed.events import Event, lines
from ci.deployed.verb import say

Show = Callable[[Sequence[Event]], None]


@contextmanager
def shown(deployed: Deployed) -> Iterator[Show]:
    """What takes events and shows them, until it is left."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from ci.deployed.tree import tree  # noqa: PLC0415 a pipeline does without

        with tree(deployed) as show:
            yield show
        return
    started: datetime | None = None

    def say_lines(events: Sequence[Event]) -> None:
        nonlocal started
        started = started or next((event.time for event in events), None)
        for line in lines(deployed, events, started):
            say(line)

    yield say_lines
