"""gunicorn's threaded worker, with an end to every wait on a client and a note of how long a request was queued."""

import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from books_api.runtime.queueing import queued

# Head and body of a request arrive within this; a balancer sends them in one go.
READ_SECONDS = 10.0


class Worker(ThreadWorker):  # type: ignore[misc]
    """A client that sends slowly loses its connection, not a thread of ours."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reading: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Note when the request came."""
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Have the main loop watch the client for as long as this thread depends on it."""
        self.reading[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            self.reading.pop(conn, None)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Tell the edge how long this request waited."""
        queued.seconds = time.monotonic() - conn.queued_at
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Hang up on those who are too slow; the main loop calls this every second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, since in list(self.reading.items()):
            if now - since > READ_SECONDS:
                # The thread's read ends here; an answer that is being made still goes out.
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)
