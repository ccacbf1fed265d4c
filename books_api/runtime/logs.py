"""Structured logs: a JSON object a line, with the trace that it belongs to."""

import logging
import os
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

# X-Ray's trace id, where the gateway or a balancer sent one.
trace_id: ContextVar[str] = ContextVar("trace_id", default="")


class JSONFormatter(logging.Formatter):
    """One line a record; a traceback is a field of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Encode the record."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace := trace_id.get():
            line["trace_id"] = trace
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()


# For Django and gunicorn alike. Their own handlers would print a second time, or mail.
CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JSONFormatter}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": os.environ.get("LOG_LEVEL", "INFO").upper()},
    "loggers": {name: {"handlers": [], "level": "NOTSET", "propagate": True} for name in ("django", "django.server", "gunicorn.error")}
    # The access log says who was refused; hostile input gets no traceback.
    | {"django.request": {"level": "ERROR"}, "django.security": {"level": "CRITICAL"}}
    # When it debugs, it writes down the secret that it has fetched.
    | {"botocore": {"level": "INFO"}},
}
