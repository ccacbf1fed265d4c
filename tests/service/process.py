"""gunicorn as a process, started as the image starts it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import orjson
import requests
import urllib3

from local.postgres import Postgres, free_port

ROOT = Path(__file__).parents[2]
HOST = "books.internal"
BOOK = {
    "isbn": "978-0-13-235088-4",
    "title": "Clean Code",
    "author": "Robert C. Martin",
    "publisher": "Prentice Hall",
    "price": "39.90",
    "published_year": 2008,
    "language": "en",
    "subjects": ["software engineering"],
    "description": "A handbook of agile software craftsmanship.",
}
FIELDS = {name: value for name, value in BOOK.items() if name != "isbn"}

urllib3.disable_warnings()


def environment(**variables: str) -> dict[str, str]:
    """What the task definition sets, and nothing that this machine happens to have."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "PYTHONPATH"}}
    return inherited | {"ALLOWED_HOSTS": HOST, "ENVIRONMENT": "dev", "PYTHONUNBUFFERED": "1"} | variables


def manage(env: dict[str, str], *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run one of the service's commands, as the init container does."""
    command = [sys.executable, "books_api/manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, check=check, capture_output=True, text=True)


def make_database(server: Postgres, name: str = "books", user: str = "master") -> str:
    """A database as RDS makes it: its owner is no superuser, but may create roles. Returns its URL."""
    server.execute(
        f"CREATE ROLE {user} LOGIN CREATEROLE CREATEDB PASSWORD 'first'",
        f"CREATE DATABASE {name} OWNER {user}",
    )
    url = server.url(name, user)
    manage(environment(DATABASE_URL=url), "migrate_safely")
    return url


class Service:
    """One task."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        self.port = int(variables.setdefault("PORT", str(free_port())))
        self.url = f"{'https' if variables.get('TLS') == 'on' else 'http'}://127.0.0.1:{self.port}"
        self.env = environment(**variables)
        self.arguments = arguments
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Host"] = HOST
        self.session.verify = False
        self.log = Path(tempfile.mkstemp(prefix="books-log-")[1])

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "gunicorn", "--config", "books_api/gunicorn.conf.py", *self.arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while True:
            try:
                if self.session.get(f"{self.url}{self.env.get('HEALTH_PATH', '/healthz')}", timeout=5).ok:
                    return self
            except requests.ConnectionError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.process.kill()
                raise RuntimeError(self.log.read_text())
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.unlink(missing_ok=True)

    def terminate(self) -> int:
        """SIGTERM, as the platform stops a task; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask it."""
        return self.session.request(method, self.url + path, timeout=30, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        """Read."""
        return self.request("GET", path, **options)

    def post(self, **changes: Any) -> requests.Response:
        """Add a book: the example, with these changes."""
        return self.request("POST", "/books", json=BOOK | changes)

    def log_lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        return [orjson.loads(line) for line in self.log.read_text().splitlines()]


def isbns(count: int, start: int = 0) -> list[str]:
    """Valid ISBN-13s, all different."""
    bodies = [f"978{number:09d}" for number in range(start, start + count)]
    return [body + str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10) for body in bodies]
