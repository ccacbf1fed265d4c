"""Before Django: health, limits, the stage's prefix; after it: a log line with metrics for each request."""

import io
import logging
import os
import re
import time
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from books_api.runtime import health, links, logs
from books_api.runtime.client import Part, current
from books_api.runtime.database.slots import Busy, Slots
from books_api.runtime.middleware import OPERATION
from books_api.runtime.problem import CONTENT_TYPE, RETRY_AFTER_SECONDS, problem

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse
    from django.core.handlers.wsgi import WSGIHandler

# The longest description with every character escaped has room; nothing that has more is a book.
MAX_BODY_BYTES = 128 * 1024
# What the gateway lets through. So much of a refused body is read and dropped, so that the answer arrives and the connection lives on.
MAX_DROPPED_BYTES = 10 * 1024 * 1024

_TRACE_ROOT = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
_ENVIRONMENT = os.environ.get("ENVIRONMENT", "dev")
_STDOUT = 1
_READS = {"GET", "HEAD", "OPTIONS"}
_METRICS = [
    {
        "Namespace": "AWSomeBooks",
        "Dimensions": [["Environment"], ["Environment", "Operation"]],
        "Metrics": [{"Name": "Duration", "Unit": "Milliseconds"}, {"Name": "Errors", "Unit": "Count"}],
    }
]

_logger = logging.getLogger(__name__)


class Refused(Exception):
    """A request that does not reach Django."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        self.status = status
        self.detail = detail


class Edge:
    """WSGI around Django."""

    def __init__(self, application: "WSGIHandler", slots: Slots) -> None:
        self.application = application
        self.slots = slots

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer the platform's checks at once, and all else with a log line."""
        if check := health.CHECKS.get(environ["PATH_INFO"]):
            current.has_to(Part.NOTHING)
            body = _answer(start_response, *check(self.slots))
        else:
            body = self._logged(environ, start_response)
        current.has_to(Part.READ)
        return body

    def _logged(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        began = time.monotonic()
        trace = _TRACE_ROOT.search(environ.get("HTTP_X_AMZN_TRACE_ID", ""))
        token = logs.trace_id.set(trace[1] if trace else "")
        start: list[Any] = []

        def noted(*status_and_headers: Any) -> Any:
            start[:] = status_and_headers

        try:
            _admit(environ)
            current.has_to(Part.NOTHING)
            # Whole, because a client that reads slowly must not hold the slot.
            with self.slots.one(writes=environ["REQUEST_METHOD"] not in _READS), closing(self.application(environ, noted)) as response:
                body: Iterable[bytes] = list(response)
        except Refused as refusal:
            body = _refuse(noted, refusal.status, refusal.detail)
        except Busy:
            body = _refuse(noted, HTTPStatus.SERVICE_UNAVAILABLE, "There is more to do than this service can do. Try again.")
        except Exception:
            _logger.exception("Django did not answer")
            body = _refuse(noted, HTTPStatus.INTERNAL_SERVER_ERROR, "The service has made a mistake.")
        start_response(*start)
        _log(environ.get(OPERATION, "-"), int(start[0][:3]), time.monotonic() - began)
        logs.trace_id.reset(token)
        return body


def _admit(environ: dict[str, Any]) -> None:
    """Hold the request against the limits, and read its body whole, so that the application never waits for the caller."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        _drop(environ["wsgi.input"])
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "Say how long the body is.")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_BODY_BYTES:
        _drop(environ["wsgi.input"])
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body may have {MAX_BODY_BYTES} bytes.")
    if length:
        body = environ["wsgi.input"].read(length)
        if len(body) < length:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time.")
        environ["wsgi.input"] = io.BytesIO(body)
    prefix = links.prefix(environ)
    path = environ["PATH_INFO"]
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        environ["PATH_INFO"] = path[len(prefix) :] or "/"


def _drop(body: "InputStream") -> None:
    dropped = 0
    while dropped < MAX_DROPPED_BYTES and (piece := body.read(65_536)):
        dropped += len(piece)


def _refuse(start_response: "StartResponse", status: HTTPStatus, detail: str) -> Iterable[bytes]:
    return _answer(start_response, status, problem(status, detail), CONTENT_TYPE)


def _answer(
    start_response: "StartResponse", status: HTTPStatus, document: dict[str, Any], content_type: str = "application/json"
) -> Iterable[bytes]:
    body = orjson.dumps(document)
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", str(RETRY_AFTER_SECONDS)))
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]


def _log(operation: str, status: int, seconds: float) -> None:
    """One line, from which CloudWatch also takes the metrics (embedded metric format); no address, no query, nothing personal."""
    now = time.time()
    line = {
        "time": datetime.fromtimestamp(now, UTC),
        "level": "INFO",
        "message": "request",
        "trace_id": logs.trace_id.get(),
        "Environment": _ENVIRONMENT,
        "Operation": operation,
        "status": status,
        "Duration": round(seconds * 1000, 2),
        "Errors": int(status >= HTTPStatus.INTERNAL_SERVER_ERROR),
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": _METRICS},
    }
    # Past the logging module, which would take a tenth of the time of a request.
    os.write(_STDOUT, orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE))
