"""Connections: credentials that follow the secret, one prober in an outage, and a health check that mostly costs nothing."""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.db.backends.postgresql import base
from psycopg2.extensions import connection as Connection

from books_api.runtime import credentials, deadline

# Together they stay under the three seconds in which a request without a database has its answer.
CONNECT_SECONDS = 1.5
PING_SECONDS = 1.0
# Between attempts to reach a database that is away.
PROBE_SECONDS = 0.5
# A rotation changes the password in the database a moment before or after the secret.
ROTATION_BACKOFF = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


def _refused(error: psycopg2.OperationalError) -> bool:
    """Whether the database is there, and does not know the password. libpq hands over no error code for a failed connection."""
    return "password authentication failed" in str(error)


class Outage:
    """While the database is away one thread tries to reach it; the others fail at once, so that no request queues behind a timeout."""

    def __init__(self) -> None:
        self._away = False
        self._next_probe = 0.0
        self._prober = threading.Lock()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Connect inside the block."""
        if not self._away:
            with self._watch():
                yield
        elif time.monotonic() >= self._next_probe and self._prober.acquire(blocking=False):
            try:
                with self._watch():
                    yield
            finally:
                self._prober.release()
        else:
            raise psycopg2.OperationalError("the database was away a moment ago")

    @contextmanager
    def _watch(self) -> Iterator[None]:
        try:
            yield
        except psycopg2.OperationalError as error:
            self._away = not _refused(error)
            self._next_probe = time.monotonic() + PROBE_SECONDS
            raise
        self._away = False


outage = Outage()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that survives rotation and failover."""

    _answered = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Connect with what the secret says; where the database refuses that, read the secret again."""
        secret_arn = self.settings_dict.get("SECRET_ARN")
        if not secret_arn:
            return self._connect(conn_params)
        login = credentials.current(secret_arn)
        for pause in ROTATION_BACKOFF:
            try:
                return self._connect(conn_params | login.parameters())
            except psycopg2.OperationalError as error:
                if not _refused(error):
                    raise
            time.sleep(pause)
            login = credentials.newer_than(login, secret_arn)
        return self._connect(conn_params | login.parameters())

    def _connect(self, conn_params: dict[str, Any]) -> Connection:
        with outage.attempt(), deadline.within(CONNECT_SECONDS):
            connection: Connection = super().get_new_connection(conn_params)
        self._answered = time.monotonic()
        return connection

    def is_usable(self) -> bool:
        """Whether the server still answers; who answered within the last second and has not hung up is not asked again."""
        if time.monotonic() - self._answered < 1 and not self._readable():
            return True
        with deadline.within(PING_SECONDS):
            usable: bool = super().is_usable()
        if usable:
            self._answered = time.monotonic()
        return usable

    def _readable(self) -> bool:
        waiter = select.poll()
        waiter.register(self.connection.fileno(), select.POLLIN)
        return bool(waiter.poll(0))
