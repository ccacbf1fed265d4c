"""What importing costs beside its floor: raw COPY of the same rows into the same table with its indexes.

Each round takes them in turn into an emptied table, so that a machine whose speed drifts slows both; the ratio is taken round by round.
Usage: python -m benchmarks.importing [BOOKS]
"""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import orjson
import psycopg2

from tests.service.postgres import Postgres
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


def copy(url: str, raw: Path) -> float:
    """Seconds for COPY."""
    started = time.perf_counter()
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor, raw.open(encoding="utf-8") as rows:
        cursor.copy_expert(f"COPY catalogue_book ({COLUMNS}) FROM STDIN (FORMAT csv, HEADER)", rows)
    connection.close()
    return time.perf_counter() - started


def import_books(url: str, file: Path) -> tuple[float, float]:
    """Seconds for the whole command, and the most memory that it had, in megabytes."""
    started = time.perf_counter()
    command = [sys.executable, "books_api/manage.py", "import_books", str(file)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(DATABASE_URL=url), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the import failed")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


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
        rounds = []
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            empty(server)
            floor = copy(url, raw)
            empty(server)
            rounds.append((floor, *import_books(url, file)))
        again, _ = import_books(url, file)
    finally:
        server.remove()
    floors, imports, memory = zip(*rounds, strict=True)
    print(f"| {books} books | median | rows a second | goal |\n|---|---|---|---|")
    print(f"| floor: COPY into the table with its indexes | {median(floors):.1f} s | {books / median(floors):.0f} | |")
    print(f"| `import_books` of a CSV file, the whole command | {median(imports):.1f} s | {books / median(imports):.0f} | |")
    print(f"| ratio to the floor | {median(taken / least for least, taken, _ in rounds):.2f} | | at most 1.25 |")
    print(f"| the same file again, which changes nothing | {again:.1f} s | {books / again:.0f} | |")
    print(f"| most memory | {max(memory):.0f} MB | | |")


if __name__ == "__main__":
    main()
