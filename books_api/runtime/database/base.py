"""Connections: credentials that follow the secret, one attempt at a time, and a health check that mostly costs nothing."""

import select
import threading
import time
import uuid
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
ROTATION_SECONDS = 7.0
ROTATION_PAUSE = 0.25

# The server does not notice that nobody waits any more where a commit waits for a standby. Only its own earlier connection has this name.
_END_PREDECESSOR = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()
"""


def _refused(error: psycopg2.OperationalError) -> bool:
    """Whether the database is there, and does not know the password. libpq hands over no error code for a failed connection."""
    return "password authentication failed" in str(error)


class Turns:
    """Connections are opened one at a time. While the database is away, one thread tries now and then, and the others fail at once."""

    def __init__(self) -> None:
        self.away = False
        self._next = 0.0
        self._turn = threading.Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Connect inside the block."""
        if not self._turn.acquire(blocking=not self.away):
            raise psycopg2.OperationalError("another thread tries to reach the database")
        try:
            if time.monotonic() < self._next:
                raise psycopg2.OperationalError("the database was away a moment ago")
            try:
                yield
            except psycopg2.OperationalError:
                self.away, self._next = True, time.monotonic() + PROBE_SECONDS
                raise
            self.away = False
        finally:
            self._turn.release()


turns = Turns()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that survives rotation and failover."""

    _answered = 0.0
    _name = ""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Connect with what the secret says; where the database refuses that, read the secret again until both agree."""
        # Unlike the wrapper, which is made before, the name is this process's own.
        self._name = self._name or f"books_api {uuid.uuid4()}"
        conn_params = conn_params | {"application_name": self._name}
        secret_arn = self.settings_dict.get("SECRET_ARN")
        with turns.take():
            if not secret_arn:
                return self._connect(conn_params)
            login = credentials.last(secret_arn)
            # Once the wait was in vain, nobody else has to wait.
            end = time.monotonic() + (0 if turns.away else ROTATION_SECONDS)
            while True:
                try:
                    return self._connect(conn_params | login.parameters())
                except psycopg2.OperationalError as error:
                    if not _refused(error) or time.monotonic() > end:
                        raise
                refused, login = login, credentials.read(secret_arn)
                if login == refused:
                    time.sleep(ROTATION_PAUSE)

    def _connect(self, conn_params: dict[str, Any]) -> Connection:
        with deadline.within(CONNECT_SECONDS):
            connection: Connection = super().get_new_connection(conn_params)
        return connection

    def init_connection_state(self) -> None:
        """Take on the role, and end what may be left of the connection before this one."""
        try:
            with deadline.within(CONNECT_SECONDS):
                if self._answered:
                    with self.connection.cursor() as cursor:
                        cursor.execute(_END_PREDECESSOR)
                super().init_connection_state()
        except Exception:
            # Without the role it must not be used.
            self.connection.close()
            raise
        self._answered = time.monotonic()

    def is_usable(self) -> bool:
        """Whether the server still answers; who answered within the last second and has not hung up is not asked again."""
        if self.connection is None or self.connection.closed:
            return False
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
