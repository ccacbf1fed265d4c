"""What API Gateway does to a request: a stage prefix, documented operations only, and headers of its own. Over plain HTTP, on loopback."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.service.process import HOST, Service

PREFIX = "/prod"


class Gateway:
    """Passes the operations of an API document, and nothing else."""

    def __init__(self, service: Service, document: dict[str, Any]) -> None:
        operations = [
            (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)))
            for path, methods in document["paths"].items()
            for method in methods
        ]

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                path = self.path.removeprefix(PREFIX)
                passed = self.path.startswith(PREFIX) and any(
                    method == self.command and pattern.fullmatch(path.split("?")[0]) for method, pattern in operations
                )
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if passed:
                    public = {"X-Public-Host": self.headers["Host"], "X-Public-Prefix": PREFIX, "X-Public-Proto": "http"}
                    headers = {"Host": HOST, "Content-Type": self.headers.get("Content-Type", "")} | public
                    answer = requests.request(self.command, service.url + path, data=body, headers=headers, timeout=29)
                    status, content, kept = answer.status_code, answer.content, answer.headers
                else:
                    status, content, kept = 403, b'{"message":"Missing Authentication Token"}', requests.structures.CaseInsensitiveDict()
                self.send_response(status)
                for name in ("Content-Type", "Content-Security-Policy", "ETag", "Location", "Cache-Control", "X-Content-Type-Options"):
                    if name in kept:
                        self.send_header(name, kept[name])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}{PREFIX}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()
