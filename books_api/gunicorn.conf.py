"""gunicorn's settings: gunicorn --config python:... or --config books_api/gunicorn.conf.py."""

import os
import tempfile
from pathlib import Path

from books_api.runtime import certificate, logs

wsgi_app = "books_api.wsgi:application"
worker_class = "books_api.runtime.worker.Worker"
bind = f"0.0.0.0:{os.environ.get('PORT', '8080')}"

# From the task's CPU: 2 x vCPU + 1 workers, at least one (256 -> 1, 512 -> 2, 1024 -> 3, 2048 -> 5), four threads each.
# Each thread holds one database connection.
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# Loaded once and shared by the workers: less memory, and a broken release fails at start.
preload_app = True

# Request times fall on the way to the database (gateway 29 s), idle times rise on the way to here (balancer 60 s).
timeout = 25
keepalive = 75
# What was accepted is finished: the platform kills the task after 60 s.
graceful_timeout = 30

# Bounded: beyond this, connections wait in the kernel, and what waited too long is refused by the edge.
worker_connections = 1000
backlog = 512
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# A worker's memory is given back now and then, never everybody's at once.
max_requests = 20_000
max_requests_jitter = 4_000
# The root is read-only, and a heartbeat on a disk may block.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - memory, and the platform lets no other user in
control_socket_disable = True

# The edge writes the access log.
accesslog = None
logconfig_dict = logs.CONFIG

if os.environ.get("TLS") == "on":
    certfile, keyfile = map(str, certificate.make(Path(tempfile.mkdtemp(prefix="books-tls-"))))
