"""Answers ECS's calls about deployments, as AWS documents them; the endpoint has no deployments."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Answer = dict[str, Any]


class Ecs:
    """What it answers can be set by operation, an error by its `__type`; what it was asked is kept."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, Answer]] = []
        ecs = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                ecs.asked.append((operation, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                answer = ecs.answers.get(operation, {})
                body = json.dumps(answer).encode()
                self.send_response(400 if "__type" in answer else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def calls(self, operation: str) -> list[Answer]:
        """The arguments of each call of an operation."""
        return [arguments for asked, arguments in self.asked if asked == operation]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
