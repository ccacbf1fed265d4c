"""Works by itself until it is stopped: says every minute how many books there are."""

import logging
import threading
from typing import Any

from django.core.management.base import BaseCommand

from books_api.catalogue.models import Book

SECONDS = 60


class Command(BaseCommand):
    """What the worker runs."""

    help = "Work until stopped."

    def handle(self, **_: Any) -> None:
        """Work, wait, and again."""
        stopped = threading.Event()
        while not stopped.wait(SECONDS):
            logging.getLogger(__name__).info("There are %d books.", Book.objects.count())
