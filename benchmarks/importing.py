"""What importing costs beside its floor: raw COPY of the same rows into the same table with its indexes.

Each round takes them in turn into an emptied table, so that a machine whose speed drifts slows both; the ratio is taken round by round.
An import keeps two processors busy, COPY one: where others use them too, the processor times tell more than the clock.
Usage: python -m benchmarks.importing [BOOKS]
"""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import orjson
import psycopg2

from local.postgres import Postgres
from tests.service.process import ROOT, environment, make_database, manage

BOOKS = 1_000_000
ROUNDS = 3
COLUMNS = "isbn, title, author, publisher, price, published_year, language, subjects, description"


def empty(server: Postgres) -> None:
    """Make both start from the same."""
    server.execute("TRUNCATE catalogue_book", "VACUUM catalogue_book", "CHECKPOINT", database="books")


def librarians(raw: Path, file: Path) -> None:
    """Write the rows as a librarian would: subjects with bars between them."""
    with raw.open(newline="", encoding="utf-8") as source, file.open("w", newline="", encoding="utf-8") as target:
        rows, writer = csv.DictReader(source), csv.DictWriter(target, COLUMNS.split(", "))
        writer.writeheader()
        writer.writerows(row | {"subjects": "|".join(orjson.loads(row["subjects"]))} for row in rows)


class Cost(NamedTuple):
    """Seconds on the clock, and of processor time: the client's and the server's."""

    clock: float
    client: float
    server: float


def servers_time(server: Postgres) -> float:
    """Seconds of processor time that the server's sessions have used, which are over."""
    pid = (server.data / "postmaster.pid").read_text().split()[0]
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[13:15]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def copy(url: str, raw: Path) -> float:
    """COPY, and return the client's processor time."""
    before = time.process_time()
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor, raw.open(encoding="utf-8") as rows:
        cursor.copy_expert(f"COPY catalogue_book ({COLUMNS}) FROM STDIN (FORMAT csv, HEADER)", rows)
    connection.close()
    return time.process_time() - before


def import_books(url: str, file: Path) -> tuple[float, float]:
    """Run the whole command: its processor time, and the most memory that it had, in megabytes."""
    command = [sys.executable, "books_api/manage.py", "import_books", str(file)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(DATABASE_URL=url), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the import failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measured(server: Postgres, work: Callable[[], float]) -> Cost:
    """Do it, and wait until the server has ended the session."""
    started, before = time.perf_counter(), servers_time(server)
    client = work()
    clock = time.perf_counter() - started
    time.sleep(1)
    return Cost(clock, client, servers_time(server) - before)


def main() -> None:
    """Print the table."""
    books = int(sys.argv[1]) if len(sys.argv) > 1 else BOOKS
    server = Postgres().initialize().start("shared_buffers=512MB", "max_wal_size=4GB")
    try:
        url = make_database(server)
        manage(environment(DATABASE_URL=url), "seed_books", "--count", str(books))
        # The server writes it, as its own user, where that may write.
        raw, file = server.data / "books.csv", server.folder / "librarians.csv"
        server.execute(f"COPY (SELECT {COLUMNS} FROM catalogue_book ORDER BY random()) TO '{raw}' (FORMAT csv, HEADER)", database="books")
        librarians(raw, file)
        memory = []

        def import_file() -> float:
            seconds, megabytes = import_books(url, file)
            memory.append(megabytes)
            return seconds

        floors, imports = [], []
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            empty(server)
            floors.append(measured(server, lambda: copy(url, raw)))
            empty(server)
            imports.append(measured(server, import_file))
        again = measured(server, import_file)
    finally:
        server.remove()
    ratio = median(taken.clock / floor.clock for floor, taken in zip(floors, imports, strict=True))
    free = median(max(taken.client, taken.server) / floor.server for floor, taken in zip(floors, imports, strict=True))
    print(f"| {books} books, the median of {ROUNDS} | seconds | a second | client's processor time | server's |\n|---|---|---|---|---|")
    for name, costs in (
        ("floor: COPY into the table with its indexes", floors),
        ("`import_books` of a CSV file, the whole command", imports),
        ("the same file again, which changes nothing", [again]),
    ):
        clock, client, servers = (median(column) for column in zip(*costs, strict=True))
        print(f"| {name} | {clock:.1f} | {books / clock:.0f} | {client:.1f} s | {servers:.1f} s |")
    print(f"\nRatio by the clock: {ratio:.2f} (goal: at most 1.25). Of the busier side's processor time to COPY's: {free:.2f}.")
    print(f"Most memory: {max(memory):.0f} MB.")


if __name__ == "__main__":
    main()
