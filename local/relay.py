"""The database's endpoint: a name that leads to one server now and to another after a failover, and that may go silent in between."""

import selectors
import socket
import ssl
import threading
from contextlib import suppress

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


def _hold(client: socket.socket) -> None:
    """Behave like a frozen host behind a living network: connected, and never a word."""
    while client.recv(65_536):
        pass


class Relay:
    """Forwards TCP connections, with TLS towards the client where it has a certificate (as PostgreSQL negotiates it)."""

    def __init__(self, target: int, context: ssl.SSLContext | None = None, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self.target = target
        self.context = context
        self.silent = threading.Event()
        self.listener = socket.create_server(address, backlog=256)
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            if self.silent.is_set():
                _hold(client)
                return
            if self.context is not None:
                self._agree(client)
                client = self.context.wrap_socket(client, server_side=True)
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                self._forward(client, server)
            if self.silent.is_set():
                _hold(client)

    def _agree(self, client: socket.socket) -> None:
        """What comes before TLS."""
        assert client.recv(8, socket.MSG_WAITALL) == SSL_REQUEST
        client.sendall(b"S")

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select():
                    assert isinstance(key.fileobj, socket.socket)
                    data = key.fileobj.recv(65_536)
                    while isinstance(key.fileobj, ssl.SSLSocket) and key.fileobj.pending():
                        data += key.fileobj.recv(65_536)
                    if not data or self.silent.is_set():
                        return
                    key.data.sendall(data)

    def move(self, target: int) -> None:
        """Lead to another server from now on; who is connected to the old one learns nothing of it."""
        self.target = target
        self.silent.clear()

    def close(self) -> None:
        """Stop listening."""
        self.listener.close()
