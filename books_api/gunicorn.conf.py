"""gunicorn's settings: gunicorn --config python:... or --config books_api/gunicorn.conf.py."""

import os
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path

from gunicorn.config import Config

from books_api.runtime import certificate, logs
from books_api.runtime.worker import Worker

wsgi_app = "books_api.wsgi:application"
worker_class = "books_api.runtime.worker.Worker"
bind = f"0.0.0.0:{os.environ.get('PORT', '8080')}"

# From the task's CPU: 2 x vCPU + 1 workers, at least one (256 -> 1, 512 -> 2, 1024 -> 3, 2048 -> 5).
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
# These wait for clients; WEB_THREADS of them at a time hold a database connection and run Django.
threads = 64
# Loaded once and shared by the workers: less memory, and a broken release fails at start.
preload_app = True

# Request times fall on the way to the database (gateway 29 s), idle times rise on the way to here (balancer 60 s).
timeout = 25
keepalive = 75
# What was accepted is finished: the platform kills the task after 60 s.
graceful_timeout = 30

# Bounded: beyond this, silent connections make room, and when there are none, new ones wait in the kernel.
worker_connections = 1000
backlog = 512
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# A worker's memory is given back now and then, never everybody's at once. A sole worker has nobody to accept in its place.
max_requests = 20_000 if workers > 1 else 0
max_requests_jitter = 4_000
# The root is read-only, and a heartbeat on a disk may block.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - memory, and the platform lets no other user in
control_socket_disable = True

# The edge writes the access log.
accesslog = None
logconfig_dict = logs.CONFIG

if os.environ.get("TLS") == "on":
    certfile, keyfile = map(str, certificate.make(Path(tempfile.mkdtemp(prefix="books-tls-"))))


def ssl_context(config: Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Let a client whose sending is ended still be answered; that its body is too short is seen without TLS."""
    context = default()
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def post_worker_init(worker: Worker) -> None:
    """Connect to the database before accepting: a request would have to wait for it, and for a secret that is being rotated."""
    worker.wsgi.slots.connect()
