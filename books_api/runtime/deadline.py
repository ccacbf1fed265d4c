"""An end to every wait on the database, even where a frozen server keeps the connection open and says nothing."""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import extensions

# A little more than the statement timeout, so that a living server gets to say it first.
STATEMENT_SECONDS = 11.0


class _ThisThread(threading.local):
    seconds = STATEMENT_SECONDS


_this_thread = _ThisThread()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Every wait inside the block ends after this many seconds."""
    before, _this_thread.seconds = _this_thread.seconds, seconds
    try:
        yield
    finally:
        _this_thread.seconds = before


def install() -> None:
    """Have psycopg2 wait through here, for the whole process (it can then not COPY)."""
    extensions.set_wait_callback(_wait)


def _wait(connection: extensions.connection) -> None:
    end = time.monotonic() + _this_thread.seconds
    while (state := connection.poll()) != extensions.POLL_OK:
        waiter = select.poll()
        waiter.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        if not waiter.poll(max(0, end - time.monotonic()) * 1000):
            # psycopg2 closes the connection: nobody knows what it would answer next.
            raise psycopg2.OperationalError("the database did not answer in time")
