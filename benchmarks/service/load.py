"""A client that costs little: keep-alive connections in one loop, requests made beforehand, answers read by their length."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

HOST = "books.internal"


@dataclass(frozen=True)
class Result:
    """What one run measured."""

    per_second: float
    p50: float
    p99: float


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """Make the bytes of a request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def run(port: int, requests: Iterator[bytes], status: int, seconds: float, connections: int = 8) -> Result:
    """Ask until the time is over; any other status is an error."""
    selector = selectors.DefaultSelector()
    started: dict[socket.socket, float] = {}
    buffers: dict[socket.socket, bytes] = {}
    for sent in islice(requests, connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        started[connection], buffers[connection] = time.perf_counter(), b""
        connection.sendall(sent)
    times: list[float] = []
    begin = time.perf_counter()
    expected = f"HTTP/1.1 {status} ".encode()
    while time.perf_counter() < begin + seconds:
        for key, _ in selector.select(1):
            connection = key.fileobj  # type: ignore[assignment]  # sockets alone are registered
            answer = buffers[connection] + connection.recv(262_144)
            head, separator, body = answer.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]) if separator else 1
            if not separator or len(body) < length:
                buffers[connection] = answer
                continue
            if not answer.startswith(expected):
                raise RuntimeError(answer[:500])
            now = time.perf_counter()
            times.append(now - started[connection])
            started[connection], buffers[connection] = now, b""
            connection.sendall(next(requests))
    taken = time.perf_counter() - begin
    for connection in started:
        connection.close()
    times.sort()
    return Result(len(times) / taken, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)
