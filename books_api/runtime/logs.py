"""Structured logs: a JSON object a line, with the trace that it belongs to."""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime

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
        line |= getattr(record, "fields", {})
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()
