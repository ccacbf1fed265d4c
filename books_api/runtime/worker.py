"""gunicorn's threaded worker, in which no client can make the others wait (docs/service.md says what each override is for)."""

import selectors
import socket
import ssl
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from books_api.runtime.client import Part, current
from books_api.runtime.problem import CONTENT_TYPE, problem

# What a client did wrong before there was a request; anything else is a defect of ours.
STATUSES: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ParseException: HTTPStatus.BAD_REQUEST,
    ssl.SSLError: HTTPStatus.BAD_REQUEST,
}


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A client that sends nothing costs no thread, and one that sends or reads slowly, or does not hang up, costs one for seconds."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # What each client that holds a thread has to do, and since when.
        self.parts: dict[TConn, tuple[Part, float]] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for a new connection's first byte in the main loop, not in a thread."""
        if conn.timeout is not None:
            conn.queued_at = time.monotonic()
            super().enqueue_req(conn)
            return
        idle = self.pending_conns or self.keepalived_conns
        if idle and self.nr_conns >= self.worker_connections:
            # The one that has been silent for longest makes room.
            idle[0].timeout = 0.0
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: TConn) -> Any:
        """Have the main loop watch the client, and hang up here: waiting for the client to do so as well would stop the main loop."""
        current.queued = time.monotonic() - conn.queued_at
        current.has_to = partial(self._has_to, conn)
        current.has_to(Part.SEND)
        try:
            kept = super().handle(conn)
            if not kept:
                current.has_to(Part.NOTHING)
                util.close_graceful(conn.sock)
            return kept
        finally:
            del self.parts[conn]

    def _has_to(self, conn: TConn, part: Part) -> None:
        self.parts[conn] = part, time.monotonic()

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Count a connection that its thread has closed; leave the others to gunicorn."""
        if conn.sock.fileno() == -1:
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Cut off who is late; the main loop calls this after every event, and at least every second."""
        now = time.monotonic()
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = min(conn.timeout, now + STOP_KEEPALIVE_LINGER)
        super().murder_pending()
        for conn, (part, since) in list(self.parts.items()):
            late = now - since - part.value
            if late > 0:
                # A client that sends slowly can be answered still, and if it does not read that either, the connection ends.
                how = socket.SHUT_RD if part is Part.SEND and late < Part.READ.value else socket.SHUT_RDWR
                with suppress(OSError):
                    # Of the plain socket: TLS would be taken off.
                    socket.socket.shutdown(conn.sock, how)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what is not HTTP in the shape of all other errors, and without repeating what was sent."""
        status = next((status for kind, status in STATUSES.items() if isinstance(exc, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.exception("Error handling request")
        body = orjson.dumps(problem(status, "The request was not understood."))
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n"
        head += f"Content-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
        with suppress(OSError):
            client.sendall(head.encode() + body)
