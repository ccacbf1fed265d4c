"""The platform's checks: alive (no database, so that an outage kills no task) and ready (the database answers)."""

import os
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import Error, close_old_connections, connection

from books_api.runtime import deadline
from books_api.runtime.database.slots import Busy, Slots

Answer = tuple[HTTPStatus, dict[str, Any]]


def alive(slots: Slots) -> Answer:
    """Say that this process answers."""
    return HTTPStatus.OK, {"status": "alive"}


def ready(slots: Slots) -> Answer:
    """Say whether the database answers, too, and was free to ask."""
    try:
        with slots.one():
            # Not a Django request, so nobody else drops a connection that has died.
            close_old_connections()
            with deadline.within(1), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
    except Busy:
        return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "overloaded"}
    except Error:
        return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "no database"}
    return HTTPStatus.OK, {"status": "ready"}


# Load balancers and the container's own check ask where the templates say.
CHECKS: dict[str, Callable[[Slots], Answer]] = {os.environ.get("HEALTH_PATH", "/healthz"): alive, "/readyz": ready}
