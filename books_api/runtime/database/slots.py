"""The database connections of a worker: who has one may ask Django."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from books_api.runtime.client import current

# With the seconds that a request may have waited for a thread: under three for the answer that tells a client to come back.
MAX_QUEUE_SECONDS = 1.5

_logger = logging.getLogger(__name__)


class Busy(Exception):
    """No connection was free in time."""


class Slots:
    """A few connections for many threads: most of these only wait for clients."""

    def __init__(self, count: int) -> None:
        self._free: SimpleQueue[BaseDatabaseWrapper] = SimpleQueue()
        for _ in range(count):
            connection = connections.create_connection("default")
            connection.inc_thread_sharing()
            self._free.put(connection)
        self._count = count
        # Writes wait for a standby, too, and for each other's locks. One slot is left for reads.
        self._writes = threading.BoundedSemaphore(max(1, count - 1))

    @contextmanager
    def one(self, *, writes: bool = False) -> Iterator[None]:
        """Make a free connection this thread's default one; raises Busy."""
        end = time.monotonic() + MAX_QUEUE_SECONDS - current.queued
        if writes and not self._writes.acquire(timeout=_until(end)):
            raise Busy
        try:
            try:
                connection = self._free.get(timeout=_until(end))
            except Empty as error:
                raise Busy from error
            connections["default"] = connection
            try:
                yield
            finally:
                del connections["default"]
                self._free.put(connection)
        finally:
            if writes:
                self._writes.release()

    def connect(self) -> None:
        """Open all connections, before there are requests that would have to wait for it; a database that is away is left to these."""
        try:
            for _ in range(self._count):
                with self.one():
                    connections["default"].ensure_connection()
        except Error as error:
            _logger.warning("The database is away: %s", type(error.__cause__ or error).__name__)


def _until(end: float) -> float:
    return max(0.0, end - time.monotonic())
