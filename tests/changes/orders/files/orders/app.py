"""Orders, in memory: the smallest service that has a contract."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

ORDERS: list[Any] = []
Start = Callable[[str, list[tuple[str, str]]], Any]


def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer a request."""
    body: dict[str, Any]
    match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
        case "GET", "/alive":
            status, body = "200 OK", {"alive": True}
        case "GET", "/orders":
            status, body = "200 OK", {"orders": ORDERS}
        case "POST", "/orders":
            try:
                ORDERS.append(json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
                status, body = "201 Created", {"number": len(ORDERS)}
            except ValueError:
                status, body = "400 Bad Request", {"error": "The body is not JSON."}
        case _:
            status, body = "404 Not Found", {"error": "There is no such operation."}
    start(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


def main() -> None:
    """Serve until the task is stopped."""
    port = int(os.environ.get("PORT", "9000"))
    with make_server("0.0.0.0", port, application, server_class=WSGIServer) as server:
        print(f"Listening on {port}", file=sys.stderr, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
