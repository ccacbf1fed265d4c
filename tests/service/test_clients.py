"""Clients that read nothing, send nothing or never hang up: nobody else notices them, and a stop does not wait for them."""

import contextlib
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import requests

from local.postgres import Postgres
from tests.service.process import HOST, ROOT, Service, environment, isbns

# A bound on hangs: all of these were half a minute and more.
PATIENCE = 15
# Three megabytes, more than the kernel takes for somebody who does not read.
LARGE_PAGE = f"GET /books?page_size=100 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


@pytest.fixture
def one_worker(database_url: str, postgres: Postgres) -> Iterator[Service]:
    """A task of the smallest size, with a catalogue of long books."""
    rows = ", ".join(f"('{isbn}', 'Title', 'Author', 'Publisher', 1, 2000, 'en', repeat('書', 10000))" for isbn in isbns(100))
    postgres.execute(
        "TRUNCATE catalogue_book",
        f"INSERT INTO catalogue_book (isbn, title, author, publisher, price, published_year, language, description) VALUES {rows}",
        database="books",
    )
    with Service(DATABASE_URL=database_url) as service:
        yield service
    postgres.execute("TRUNCATE catalogue_book", database="books")


@contextlib.contextmanager
def _clients(service: Service, count: int, request: bytes, receive_buffer: int = 0) -> Iterator[list[socket.socket]]:
    """So many clients that send this, and then do nothing."""
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(count):
            client = stack.enter_context(socket.socket())
            if receive_buffer:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            client.settimeout(PATIENCE)
            client.connect(("127.0.0.1", service.port))
            client.sendall(request)
            clients.append(client)
        yield clients


def _stops(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(PATIENCE) == 0


def _restarts(service: Service) -> int:
    return sum("Booting worker" in line["message"] for line in service.log_lines()) - 1


def test_a_client_that_does_not_hang_up_freezes_nobody(one_worker: Service) -> None:
    with _clients(one_worker, 20, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n") as clients:
        assert all(client.recv(12) == b"HTTP/1.1 200" for client in clients)
        started = time.monotonic()
        assert one_worker.get("/healthz").status_code == 200
        assert time.monotonic() - started < PATIENCE
    assert not _restarts(one_worker)


def test_clients_that_do_not_read_take_no_thread_from_others(one_worker: Service) -> None:
    with _clients(one_worker, 8, LARGE_PAGE, receive_buffer=4096) as clients:
        time.sleep(1)
        for _ in range(8):
            assert one_worker.get("/books?page_size=1").status_code == 200
        _stops(one_worker)
        for client in clients:
            with contextlib.suppress(ConnectionError):
                while client.recv(1 << 20):
                    pass


def test_more_silent_clients_than_connections_shut_nobody_out(one_worker: Service) -> None:
    with _clients(one_worker, 1010, b""):
        # By a connection of its own: the session's is older than the silent ones.
        assert requests.get(f"{one_worker.url}/healthz", timeout=PATIENCE).status_code == 200
        _stops(one_worker)


def test_clients_with_half_a_request_or_none_do_not_hold_up_a_stop(one_worker: Service) -> None:
    with _clients(one_worker, 1, b""), _clients(one_worker, 1, b"GET / HTTP/1.1\r\nHost:"):
        assert one_worker.get("/healthz").status_code == 200
        _stops(one_worker)


def test_a_sole_worker_is_not_replaced_while_nobody_else_accepts() -> None:
    def limit(workers: str) -> int:
        code = "import runpy; print(runpy.run_path('books_api/gunicorn.conf.py')['max_requests'])"
        env = environment(WEB_CONCURRENCY=workers, PYTHONPATH=str(ROOT))
        return int(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=env))

    assert limit("1") == 0
    assert limit("2") > 0


def test_slow_clients_are_cut_off_inside_tls_and_during_its_handshake(database_url: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        Service(DATABASE_URL=database_url, TLS="on") as service,
        _clients(service, 2, b"") as (stuck, plain),
        context.wrap_socket(plain) as slow,
    ):
        stuck.sendall(b"\x16\x03\x01\x02\x00\x01")
        slow.sendall(f"POST /books HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 99\r\n\r\n{{".encode())
        assert slow.recv(65_536).split()[1] == b"408"
        with contextlib.suppress(ConnectionError):
            while stuck.recv(100):
                pass
        assert service.get("/healthz").status_code == 200
