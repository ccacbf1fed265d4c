"""Before Django: health, limits, the stage's prefix; after it: a log line with metrics for each request."""

import io
import os
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from books_api.runtime import health, links, logs
from books_api.runtime.middleware import OPERATION
from books_api.runtime.problem import CONTENT_TYPE, RETRY_AFTER_SECONDS, problem
from books_api.runtime.queueing import MAX_QUEUE_SECONDS, current

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication

# The longest description with every character escaped has room; nothing that has more is a book.
MAX_BODY_BYTES = 128 * 1024
# What the gateway lets through. So much of a refused body is read and dropped, so that the answer arrives and the connection lives on.
MAX_DROPPED_BYTES = 10 * 1024 * 1024

_TRACE_ROOT = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
_ENVIRONMENT = os.environ.get("ENVIRONMENT", "dev")
_STDOUT = 1
_METRICS = [
    {
        "Namespace": "AWSomeBooks",
        "Dimensions": [["Environment"], ["Environment", "Operation"]],
        "Metrics": [{"Name": "Duration", "Unit": "Milliseconds"}, {"Name": "Errors", "Unit": "Count"}],
    }
]


class Refused(Exception):
    """A request that does not reach Django."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        self.status = status
        self.detail = detail


class Edge:
    """WSGI around Django."""

    def __init__(self, application: "WSGIApplication") -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer the platform's checks at once, and all else with a log line."""
        if check := health.CHECKS.get(environ["PATH_INFO"]):
            return _answer(start_response, *check())
        started = time.monotonic()
        trace = _TRACE_ROOT.search(environ.get("HTTP_X_AMZN_TRACE_ID", ""))
        token = logs.trace_id.set(trace[1] if trace else "")
        statuses: list[str] = []

        def noted(status: str, *rest: Any) -> Callable[[bytes], object]:
            statuses.append(status)
            return start_response(status, *rest)

        try:
            _admit(environ)
            body = self.application(environ, noted)
        except Refused as refusal:
            body = _answer(noted, refusal.status, problem(refusal.status, refusal.detail), CONTENT_TYPE)
        _log(environ.get(OPERATION, "-"), int(statuses[-1][:3]), time.monotonic() - started)
        logs.trace_id.reset(token)
        return body


def _admit(environ: dict[str, Any]) -> None:
    """Hold the request against the limits, and read its body whole, so that the application never waits for the caller."""
    if current.queued_seconds > MAX_QUEUE_SECONDS:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "There is more to do than this service can do. Try again.")
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
    current.was_read()
    prefix = links.prefix(environ)
    path = environ["PATH_INFO"]
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        environ["PATH_INFO"] = path[len(prefix) :] or "/"


def _drop(body: "InputStream") -> None:
    dropped = 0
    while dropped < MAX_DROPPED_BYTES and (piece := body.read(65_536)):
        dropped += len(piece)


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
