"""The platform's checks: alive (no database, so that an outage kills no task) and ready (the database answers)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import Error, close_old_connections, connection

from books_api.runtime.queueing import MAX_QUEUE_SECONDS, current

Answer = tuple[HTTPStatus, dict[str, Any]]


def alive() -> Answer:
    """Say that this process answers."""
    return HTTPStatus.OK, {"status": "alive"}


def ready() -> Answer:
    """Say whether the database answers, too, and a thread had the time to ask it."""
    if current.queued_seconds > MAX_QUEUE_SECONDS:
        return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "overloaded"}
    # Not a Django request, so nobody else drops a connection that has died.
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "no database"}
    return HTTPStatus.OK, {"status": "ready"}


CHECKS: dict[str, Callable[[], Answer]] = {"/healthz": alive, "/readyz": ready}
