"""The database connections of a worker: who has one may ask Django."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from queue import Empty as Busy
from queue import SimpleQueue
from typing import Any

from django.db import Error, connections

from books_api.runtime.client import current

# With the seconds that a request may have waited for a thread: under three for the answer that tells a client to come back.
MAX_QUEUE_SECONDS = 1.5

__all__ = ["Busy", "Slots"]

_logger = logging.getLogger(__name__)


class Slots:
    """A few connections for many threads: most of these only wait for clients."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free: SimpleQueue[Any] = SimpleQueue()
        for _ in range(count):
            connection = connections.create_connection("default")
            connection.inc_thread_sharing()
            self._free.put(connection)
        # Writes wait for a standby, too, and for each other's locks: one connection is left for reads.
        self._writes: SimpleQueue[Any] = SimpleQueue()
        for permit in range(max(1, count - 1)):
            self._writes.put(permit)

    @contextmanager
    def one(self, *, writes: bool = False) -> Iterator[None]:
        """Make a free connection this thread's default one; raises Busy."""
        end = time.monotonic() + MAX_QUEUE_SECONDS - current.queued
        with ExitStack() as stack:
            for queue in (self._writes, self._free) if writes else (self._free,):
                taken = queue.get(timeout=max(0.0, end - time.monotonic()))
                stack.callback(queue.put, taken)
            connections["default"] = taken
            stack.callback(connections.__delitem__, "default")
            yield

    def connect(self) -> None:
        """Open all connections, before there are requests that would have to wait for it; a database that is away is left to these."""
        try:
            for _ in range(self.count):
                with self.one():
                    connections["default"].ensure_connection()
        except Error as error:
            _logger.warning("The database is away: %s", type(error.__cause__ or error).__name__)
