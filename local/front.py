"""The region's front door: a proxy that answers for AWS's names, and the API's address for a browser.

`HTTPS_PROXY` leads the AWS CLI, boto3 and the commands of this project here; names that are not AWS's are passed on, unread.
"""

import re
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import trustme

from local.relay import Relay

AWS = re.compile(r"(.+\.)?(amazonaws\.com|amazoncognito\.com)", re.IGNORECASE)
CONNECT = b"CONNECT "
# The first byte of TLS.
HANDSHAKE = b"\x16"
ESTABLISHED = b"HTTP/1.1 200 Connection Established\r\n\r\n"
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Front(Relay):
    """Leads to the endpoint, with TLS where a client asks for one of AWS's names."""

    def __init__(self, endpoint: int, port: int = 0) -> None:
        self.authority = trustme.CA(organization_name="The AWS region on this machine")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        super().__init__(endpoint, address=("127.0.0.1", port))

    def trust(self, file: Path) -> Path:
        """Write what a client is to trust: the authorities that this machine knows, and ours."""
        known = ssl.get_default_verify_paths().cafile
        file.write_bytes((Path(known).read_bytes() if known else b"") + self.authority.cert_pem.bytes())
        return file

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            first = client.recv(len(CONNECT), socket.MSG_PEEK | socket.MSG_WAITALL)
            if first[:1] == HANDSHAKE:
                # docker, which asks a registry on localhost so.
                with self._context("localhost").wrap_socket(client, server_side=True) as secure:
                    self._to_endpoint(secure)
                return
            if first != CONNECT:
                self._to_endpoint(client)
                return
            host, _, port = _head(client).split()[1].decode().rpartition(":")
            if AWS.fullmatch(host):
                client.sendall(ESTABLISHED)
                with self._context(host).wrap_socket(client, server_side=True) as secure:
                    self._to_endpoint(secure)
                return
            try:
                server = socket.create_connection((host, int(port)), timeout=30)
            except OSError:
                client.sendall(BAD_GATEWAY)
                return
            with server:
                server.settimeout(None)
                client.sendall(ESTABLISHED)
                self._forward(client, server)

    def _to_endpoint(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            self._forward(client, server)

    def _context(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self.authority.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]


def _head(client: socket.socket) -> bytes:
    """A request's head; it has no body."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        if not byte or len(head) > 65_536:
            raise ConnectionError
        head += byte
    return head
