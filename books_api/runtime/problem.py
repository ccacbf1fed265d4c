"""The one shape of an error: application/problem+json (RFC 9457), with field errors, without anything from inside."""

from http import HTTPStatus
from typing import Any

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2


def problem(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """Make the document."""
    document: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return document | {"errors": errors} if errors else document
