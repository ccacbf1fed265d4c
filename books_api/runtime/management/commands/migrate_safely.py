"""Migrations as a deployment runs them: by whoever comes first, without blocking the version that is serving."""

import time
from typing import Any

from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connections

# Any number that nobody else locks.
LOCK = 4_926_174_553
# How long another deployment's migrations may take.
TURN_TIMEOUT = "5min"
# Less than a request waits; a migration that cannot have its table lets go, and comes back.
LOCK_TIMEOUT = "2s"
ATTEMPTS = 10
PAUSE_SECONDS = 3


class Command(BaseCommand):
    """migrate, one at a time and with a lock timeout."""

    help = "Migrates under an advisory lock, as the tables' owner, and gives up rather than block the tables."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Wait for the lock; whoever comes second finds nothing left to do."""
        connection = connections["owner"]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [TURN_TIMEOUT])
                    cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
                    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
                call_command("migrate", database="owner", interactive=False, verbosity=options["verbosity"])
                return
            except OperationalError as error:
                self.stderr.write(f"Attempt {attempt} of {ATTEMPTS}: {str(error).strip()}")
            finally:
                # Gives the lock back, also when the connection is half dead.
                connection.close()
            time.sleep(PAUSE_SECONDS)
        raise CommandError(
            "The migrations did not get their locks. Nothing was left half done; deploy again when the tables are less busy."
        )
