"""The one table."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Now, Upper


class Book(models.Model):
    """A book of the catalogue."""

    # Thirteen characters: an ISBN-13, or where a book has none an identifier of ours (books_api/catalogue/identifiers.py).
    isbn = models.CharField(max_length=13, primary_key=True)
    other_isbns = models.JSONField(default=list, db_default=[])
    title = models.CharField(max_length=300)
    # The first; the others follow in their order. Empty where nobody is named.
    author = models.CharField(max_length=200, default="")
    other_authors = models.JSONField(default=list, db_default=[])
    publisher = models.CharField(max_length=200, default="")
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    # ISO 4217; empty is the catalogue's own.
    currency = models.CharField(max_length=3, default="", db_default="")
    # Astronomical: 0 is 1 BC, -350 is 351 BC.
    published_year = models.SmallIntegerField(null=True)
    edition = models.CharField(max_length=100, default="", db_default="")
    series = models.CharField(max_length=200, default="", db_default="")
    series_number = models.CharField(max_length=50, default="", db_default="")
    pages = models.IntegerField(null=True)
    call_number = models.CharField(max_length=100, default="", db_default="")
    language = models.CharField(max_length=3)
    subjects = models.JSONField(default=list, db_default=[])
    description = models.TextField(default="", db_default="")
    created = models.DateTimeField(db_default=Now())
    modified = models.DateTimeField(db_default=Now())
    # Counts the changes; the ETag is made of it.
    version = models.PositiveIntegerField(default=1, db_default=1)
    # JSON, unlike an array, turns into text without a function of our own: only such expressions may be stored.
    search = models.GeneratedField(
        expression=SearchVector("title", "author", "publisher", "subjects", "description", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        """An index for each order, so that a page costs the same wherever it is, and one for each filter in the default order."""

        indexes = (
            models.Index(fields=["title", "isbn"], name="book_title"),
            models.Index(fields=["published_year", "isbn"], name="book_year"),
            models.Index(fields=["created", "isbn"], name="book_created"),
            models.Index(Upper("author"), "title", "isbn", name="book_author"),
            models.Index(Upper("publisher"), "title", "isbn", name="book_publisher"),
            GinIndex(fields=["search"], name="book_search"),
        )
        constraints = (models.CheckConstraint(condition=models.Q(price__gt=0), name="book_price_is_positive"),)

    def __str__(self) -> str:
        """Name the book as a reader would."""
        return f"{self.title} ({self.isbn})"
