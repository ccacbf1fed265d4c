"""A catalogue to look at: manage.py seed_books."""

import itertools
import random
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from stdnum import ean

from books_api.catalogue.importing.books import EMPTY, Book
from books_api.catalogue.importing.loading import Loader

BATCH = 2000

_KINDS = ("Introduction to", "Principles of", "Advanced", "Foundations of", "A First Course in", "The Art of", "Practical", "Modern")
_TOPICS = (
    "Algorithms", "Operating Systems", "Linear Algebra", "Organic Chemistry", "Microeconomics", "Databases", "Compilers", "Statistics",
    "Thermodynamics", "Machine Learning", "Linguistics", "Cell Biology", "Computer Networks", "Number Theory", "Ethics", "Cartography",
)  # fmt: skip
_FIRST = ("Ada", "Alan", "Barbara", "Donald", "Emmy", "Grace", "Katherine", "Leslie", "Noam", "Rosalind", "Sofia", "Tim")
_LAST = ("Abel", "Boole", "Curie", "Dirac", "Euler", "Franklin", "Gauss", "Hopper", "Knuth", "Lamport", "Noether", "Turing")
_PUBLISHERS = ("Addison-Wesley", "Cambridge University Press", "MIT Press", "O'Reilly", "Oxford University Press", "Springer")


class Command(BaseCommand):
    """The same books every time, so that seeding twice changes nothing."""

    help = "Adds made-up books."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many."""
        parser.add_argument("--count", type=int, default=500)

    def handle(self, *args: Any, count: int, **options: Any) -> None:
        """Add them."""
        loader = Loader(dry_run=False)
        loader.open()
        books = enumerate(_books(count))
        added = sum(loader.load(batch).added for batch in iter(lambda: list(itertools.islice(books, BATCH)), []))
        loader.close()
        self.stdout.write(f"{added} books added.")


def _books(count: int) -> Iterator[Book]:
    pick = random.Random(20)  # noqa: S311 - the same books every time
    for number in range(count):
        topics = pick.sample(_TOPICS, 3)
        body = f"978{number:09d}"
        values = {
            "title": f"{pick.choice(_KINDS)} {topics[0]}, volume {number // 128 + 1}",
            "author": f"{pick.choice(_FIRST)} {pick.choice(_LAST)}",
            "publisher": pick.choice(_PUBLISHERS),
            "price": f"{pick.randint(500, 19999) / 100:.2f}",
            "published_year": pick.randint(1950, 2025),
            "language": pick.choice(("en", "en", "de", "fr", "vi")),
            "subjects": [topic.lower() for topic in topics],
            "description": f"For students who have met {topics[1].lower()} and want to see what it has to do with {topics[2].lower()}.",
        }
        yield Book(body + ean.calc_check_digit(body), EMPTY | values, frozenset(values), ())
