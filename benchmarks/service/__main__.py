"""Runs the comparison and prints its table: python -m benchmarks.service."""

import json
import os
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from stdnum import ean

from benchmarks.service.load import HOST, Result, request, run
from local.postgres import Postgres, free_port
from tests.service.process import FIELDS, ROOT, environment, make_database, manage

BOOKS = 100_000
SECONDS = 3.0
WARM_UP = 1.0
ROUNDS = 3
THREADS = 4

_GUNICORN = ["-m", "gunicorn", "--worker-class=gthread", "--workers=1", f"--threads={THREADS}", "--keep-alive=75", "--log-level=error"]
CONTENDERS = {
    "this service": ["-m", "gunicorn", "--config", "books_api/gunicorn.conf.py", "--max-requests=0"],
    "ModelViewSet": [*_GUNICORN, "--bind=127.0.0.1:{port}", "benchmarks.service.viewset:application"],
    "FastAPI, SQLAlchemy": ["-m", "uvicorn", "--port={port}", "--log-level=error", "benchmarks.service.fastapi_app:app"],
    "bare WSGI, psycopg2": [*_GUNICORN, "--bind=127.0.0.1:{port}", "benchmarks.service.bare:application"],
}
_numbers = iter(range(500_000_000, 999_999_999))


def _isbn(number: int) -> str:
    body = f"978{number:09d}"
    return body + ean.calc_check_digit(body)


def _details() -> Iterator[bytes]:
    while True:
        yield request("GET", f"/books/{_isbn(random.randrange(BOOKS))}")


def _pages() -> Iterator[bytes]:
    while True:
        yield request("GET", "/books?page_size=20")


def _searches() -> Iterator[bytes]:
    topics = ("cartography", "ethics", "linguistics", "statistics", "compilers")
    while True:
        yield request("GET", f"/books?q={random.choice(topics)}+volume+{random.randrange(1, BOOKS // 128)}&page_size=20")


def _creations() -> Iterator[bytes]:
    for number in _numbers:
        yield request("POST", "/books", json.dumps(FIELDS | {"isbn": _isbn(number)}).encode())


OPERATIONS = {"detail": (_details, 200), "page of 20": (_pages, 200), "search": (_searches, 200), "create": (_creations, 201)}


def _await(port: int, process: "subprocess.Popen[bytes]") -> float:
    """Wait for the first answer from the database; how long it took."""
    started = time.perf_counter()
    while process.poll() is None and time.perf_counter() < started + 30:
        try:
            asked = urllib.request.Request(f"http://127.0.0.1:{port}/books/{_isbn(1)}", headers={"Host": HOST})
            with urllib.request.urlopen(asked, timeout=5):
                return time.perf_counter() - started
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    raise RuntimeError("the server did not start")


def _memory(process: "subprocess.Popen[bytes]") -> float:
    """Megabytes of the process that answers: of its share where memory is shared (PSS)."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    lines = Path(f"/proc/{children[-1] if children else process.pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024


def _cpu(process: "subprocess.Popen[bytes]") -> float:
    """Seconds of CPU that the server has used so far, all its processes together."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    ticks = (Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[11:13] for pid in (process.pid, *children))
    return sum(int(user) + int(system) for user, system in ticks) / os.sysconf("SC_CLK_TCK")


class Contender:
    """A server, and what was measured of it."""

    def __init__(self, command: list[str], url: str) -> None:
        self.port = free_port()
        env = environment(DATABASE_URL=url, PORT=str(self.port), WEB_CONCURRENCY="1", WEB_THREADS=str(THREADS), PYTHONPATH=str(ROOT))
        arguments = [sys.executable, *(part.format(port=self.port) for part in command)]
        self.process = subprocess.Popen(arguments, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
        self.start = _await(self.port, self.process)
        self.cells: list[str] = []

    def round(self, requests: Iterator[bytes], status: int, seconds: float) -> tuple[Result, float]:
        """Ask for some seconds; the result, and the server's CPU time for one request in milliseconds."""
        before = _cpu(self.process)
        result = run(self.port, requests, status, seconds)
        return result, (_cpu(self.process) - before) / (result.per_second * seconds) * 1000


def main() -> None:
    """Measure in turns, so that what else the machine does strikes all alike, and print a row for each."""
    server = Postgres().initialize().start()
    contenders: dict[str, Contender] = {}
    try:
        url = make_database(server)
        manage(environment(DATABASE_URL=url), "seed_books", "--count", str(BOOKS))
        server.execute("VACUUM ANALYZE catalogue_book", database="books")
        for name, command in CONTENDERS.items():
            contenders[name] = Contender(command, url)
        for requests, status in OPERATIONS.values():
            for contender in contenders.values():
                run(contender.port, requests(), status, WARM_UP)
            rounds = [[contender.round(requests(), status, SECONDS) for contender in contenders.values()] for _ in range(ROUNDS)]
            for contender, measured in zip(contenders.values(), zip(*rounds, strict=True), strict=True):
                result, cpu = sorted(measured, key=lambda pair: pair[0].per_second)[ROUNDS // 2]
                contender.cells.append(f"{result.per_second:.0f} ({result.p50:.1f} / {result.p99:.1f}; {cpu:.2f})")
        print(f"{BOOKS} books, 1 worker, {THREADS} threads, 8 connections, {os.cpu_count()} CPUs, the median of {ROUNDS} rounds:")
        print("requests a second (p50 / p99 in ms; CPU time of the server for one request in ms).\n")
        print("| | " + " | ".join(OPERATIONS) + " | memory of a worker | first answer |\n" + "|---" * (len(OPERATIONS) + 3) + "|")
        for name, contender in contenders.items():
            print(f"| {name} | " + " | ".join(contender.cells) + f" | {_memory(contender.process):.0f} MB | {contender.start:.2f} s |")
    finally:
        for contender in contenders.values():
            contender.process.terminate()
            contender.process.wait()
        server.remove()


if __name__ == "__main__":
    main()
