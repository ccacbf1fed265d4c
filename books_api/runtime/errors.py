"""Turns what goes wrong into problems: what views raise, what Django refuses, and a database that is away."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_framework_handler

from books_api.runtime.problem import CONTENT_TYPE, RETRY_AFTER_SECONDS, problem

_READ_ONLY = "25006"

logger = logging.getLogger(__name__)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into the document; None is a defect, and becomes a 500."""
    if unavailable := _unavailable(error):
        response = Response(problem(503, f"{unavailable} Try again."), 503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    else:
        handled = rest_framework_handler(error, context)
        if handled is None:
            return None
        response = handled
        if isinstance(error, ValidationError):
            response.data = problem(400, "The request is not valid.", list(_field_errors(error.detail)))
        elif isinstance(error, APIException):
            response.data = problem(response.status_code, str(error.detail))
        else:
            response.data = problem(response.status_code, HTTPStatus(response.status_code).description or "Refused.")
    response.content_type = CONTENT_TYPE
    return response


def _unavailable(error: BaseException) -> str:
    """Why trying again may help: no connection, no answer in time, a server that is no longer the primary, or one that gave up waiting."""
    code = getattr(error.__cause__, "pgcode", None)
    if not isinstance(error, OperationalError | InterfaceError) and code != _READ_ONLY:
        return ""
    reason = type(error.__cause__ or error).__name__
    if code and code != _READ_ONLY and connection.is_usable():
        logger.warning("The database gave up a request: %s", reason)
        return "The database is busy."
    logger.warning("The database is away: %s", reason)
    # What is left of the connection may belong to a server that is no longer the primary.
    connection.close()
    return "The database does not answer."


def _field_errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Flatten the nested errors: {"subjects": {0: ["..."]}} is the field subjects.0."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_errors(inner, f"{field}.{name}" if field else str(name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _field_errors(inner, field)
    else:
        yield {"field": field, "detail": str(detail)}


def _plain(status: int, detail: str) -> HttpResponse:
    return HttpResponse(orjson.dumps(problem(status, detail)), status=status, content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses, such as one for another host."""
    return _plain(400, "The request is not valid.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a path that is not ours."""
    return _plain(404, "There is nothing here.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a defect, which the log describes."""
    return _plain(500, "The service has made a mistake.")
