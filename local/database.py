"""RDS with real PostgreSQL: an instance with its standby and TLS, its backups, and what is restored from them."""

import shutil
import ssl
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import trustme

from local.postgres import Postgres
from local.relay import Relay

# How long RDS may take to find out that the primary is gone.
NOTICED_AFTER = 1.0
ATTEMPTS, PAUSE = 50, 0.1


class Instance:
    """A DB instance: a server, with Multi-AZ a standby of it, and one address, where it speaks TLS."""

    def __init__(self, host: str, server: Postgres, authority: trustme.CA, disk: Path, link: Path) -> None:
        """`server` is initialized or restored; `disk` is a new folder for its backup and its log; `link` leads to the primary's data."""
        self.host = host
        self._link = link
        self.server = server
        self.standby: Postgres | None = None
        self.backup, self.archive = disk / "backup", disk / "archive"
        for folder in (disk, self.archive):
            folder.mkdir()
            if server.user:
                shutil.chown(folder, server.user)
        self._over = threading.Event()
        # Whoever starts or stops servers has it.
        self._lock = threading.RLock()
        self._start(server)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        self.relay = Relay(server.port, context)
        self._point()

    def create(self, database: str, user: str, password: str) -> None:
        """The database, and an owner who is no superuser, as RDS makes them."""
        self.server.execute(
            f"CREATE ROLE {user} LOGIN CREATEROLE CREATEDB PASSWORD '{password}'", f'CREATE DATABASE "{database}" OWNER {user}'
        )

    def set_password(self, user: str, password: str) -> None:
        """Of a user who is there."""
        self.server.execute(f"ALTER ROLE {user} PASSWORD '{password}'")

    def open(self, *, multi_zone: bool) -> None:
        """Back it up, so that all times from now on can be restored, and guard it."""
        self.server.back_up(self.backup)
        self.earliest = datetime.now(UTC)
        self.set_multi_zone(multi_zone)
        threading.Thread(target=self._guard, daemon=True).start()

    def set_multi_zone(self, wanted: bool) -> None:
        """Have a standby, which gets each commit before its client hears of it; or none."""
        with self._lock:
            if wanted and self.standby is None:
                standby = Postgres().copy(self.server, "standby")
                self._start(standby)
                self.standby = standby
                self.server.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
            elif self.standby and not wanted:
                self._drop_standby()

    def flush(self) -> None:
        """Bring all that was committed up to now into the archive."""
        # A restore ends at the first commit after the time that it goes to.
        [(segment,)] = self.server.execute("SELECT pg_current_xact_id()", "SELECT pg_walfile_name(pg_switch_wal())")
        for _ in range(ATTEMPTS):
            if self.server.execute(f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver") == [(True,)]:
                return
            time.sleep(PAUSE)
        raise RuntimeError(f"{self.host}: {segment} was not archived")

    def restart(self) -> None:
        """As after a reboot."""
        with self._lock:
            self.server.stop("fast")
            self._start(self.server)

    def kill(self) -> None:
        """As when the primary's host is gone."""
        self.server.stop("immediate")

    def close(self) -> None:
        """Stop all, and remove all but the backup and the log."""
        self._over.set()
        with self._lock:
            self.relay.close()
            self._link.unlink(missing_ok=True)
            for server in filter(None, (self.standby, self.server)):
                server.remove()

    def _start(self, server: Postgres) -> None:
        """Also where the processes of one that was killed are still going."""
        for attempt in range(ATTEMPTS):
            try:
                server.start("archive_mode=on", f"archive_command=cp %p {self.archive}/%f")
                break
            except RuntimeError:
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(PAUSE)
        # What follows a primary stays in recovery.
        while not (server.data / "standby.signal").exists() and server.execute("SELECT pg_is_in_recovery()") == [(True,)]:
            time.sleep(PAUSE)

    def _guard(self) -> None:
        while not self._over.wait(0.2):
            if not self.server.runs():
                time.sleep(NOTICED_AFTER)
                self._recover()
            elif self.standby and not self.standby.runs():
                with self._lock:
                    self._drop_standby()
                    self.set_multi_zone(True)

    def _recover(self) -> None:
        """Fail over to the standby, and make another one; without a standby start the server again."""
        with self._lock:
            if self._over.is_set() or self.server.runs():
                return
            if self.standby is None:
                self._start(self.server)
                return
            lost, self.server, self.standby = self.server, self.standby, None
            self.server.promote()
            self.relay.move(self.server.port)
            self._point()
            lost.remove()
            self.set_multi_zone(True)

    def _point(self) -> None:
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(self.server.data)

    def _drop_standby(self) -> None:
        assert self.standby
        self.server.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
        self.standby.remove()
        self.standby = None
