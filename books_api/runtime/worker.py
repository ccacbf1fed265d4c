"""gunicorn's threaded worker, in which neither a slow client nor a slow database can make the others wait for long."""

import selectors
import socket
import ssl
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from gunicorn.http import errors
from gunicorn.workers.gthread import TConn, ThreadWorker

from books_api.runtime.problem import CONTENT_TYPE, problem
from books_api.runtime.queueing import MAX_QUEUE_SECONDS, current

# Head and body of a request arrive within this; a balancer sends them in one go.
READ_SECONDS = 5.0
LOOK_SECONDS = 0.25
# They only refuse, and open no connection to the database; so many, because a slow client may hold one for READ_SECONDS.
OVERFLOW_THREADS = 64

# What a client did wrong before there was a request; anything else is a defect of ours.
STATUSES: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ParseException: HTTPStatus.BAD_REQUEST,
    ssl.SSLError: HTTPStatus.BAD_REQUEST,
}


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A client that sends nothing costs no thread, one that sends slowly is cut off, and who waits too long for a thread is told so."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.waiting: dict[TConn, Future[Any]] = {}
        self.reading: dict[TConn, float] = {}
        self.next_look = 0.0
        # Answers those that waited too long: health checks as ever, the others with 503.
        self.overflow = ThreadPoolExecutor(OVERFLOW_THREADS)

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for a new connection's first byte in the main loop, not in a thread; then queue it."""
        conn.queued_at = time.monotonic()
        if conn.initialized or conn.data_ready:
            self.waiting[conn] = self._submit(self.tpool, conn)
        else:
            conn.sock.setblocking(False)
            conn.set_timeout()
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _submit(self, pool: ThreadPoolExecutor, conn: TConn) -> Future[Any]:
        future = pool.submit(self.handle, conn)
        future.add_done_callback(lambda done: done.cancelled() or self.method_queue.defer(self.finish_request, conn, done))
        return future

    def handle(self, conn: TConn) -> Any:
        """Have the main loop watch the client for as long as this thread depends on it."""
        self.waiting.pop(conn, None)
        self.reading[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            self.reading.pop(conn, None)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Tell the edge how long this request waited."""
        current.queued_seconds = time.monotonic() - conn.queued_at
        current.was_read = partial(self.reading.pop, conn, None)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Look after the slow ones; the main loop calls this after every event, and at least every second."""
        now = time.monotonic()
        if now < self.next_look:
            return
        self.next_look = now + LOOK_SECONDS
        super().murder_pending()
        for conn, future in list(self.waiting.items()):
            if now - conn.queued_at > MAX_QUEUE_SECONDS and future.cancel():
                self.waiting.pop(conn, None)
                self._submit(self.overflow, conn)
        for conn, since in list(self.reading.items()):
            if now - since > READ_SECONDS:
                # The thread's read ends here, and the connection with it.
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)

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
