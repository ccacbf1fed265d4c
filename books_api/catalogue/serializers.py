"""What the API takes and gives."""

from typing import Any

from rest_framework import serializers

from books_api.catalogue import fields, identifiers, pagination


class BookFields(serializers.Serializer[Any]):
    """What may be said about a book."""

    title = fields.Text(max_length=300)
    author = fields.Text(max_length=200, allow_blank=True, default="", help_text="The first author; empty where nobody is named")
    other_authors = fields.Items(
        child=fields.Text(max_length=200), max_length=200, default=list, help_text="The authors after the first, in their order"
    )
    publisher = fields.Text(max_length=200, allow_blank=True, default="")
    price = fields.Price(allow_null=True, default=None)
    currency = fields.Currency(default="")
    published_year = fields.Year(allow_null=True, default=None, help_text="Astronomical: 0 is 1 BC, -350 is 351 BC; null is unknown")
    edition = fields.Text(max_length=100, allow_blank=True, default="")
    series = fields.Text(max_length=200, allow_blank=True, default="")
    series_number = fields.Text(max_length=50, allow_blank=True, default="", help_text="The book's number in its series")
    pages = fields.Whole(min_value=1, max_value=100_000, allow_null=True, default=None)
    call_number = fields.Text(max_length=100, allow_blank=True, default="", help_text="Where it stands on the shelves")
    other_isbns = fields.Items(
        child=fields.ISBN(), max_length=50, default=list, help_text="Further ISBNs of the same book, such as the hardcover's"
    )
    language = serializers.RegexField(r"^[a-z]{2,3}$", help_text="ISO 639 code, such as en; und is unknown")
    subjects = fields.Items(child=fields.Text(max_length=200), max_length=50, default=list)
    description = fields.Text(max_length=10_000, allow_blank=True, default="")


class BookChanges(BookFields):
    """The fields to change."""

    def __init__(self, **options: Any) -> None:
        super().__init__(partial=True, **options)


class NewBook(BookFields):
    """A book to add."""

    isbn = fields.ISBN(allow_null=True, help_text="Null for a book without an ISBN: it gets an identifier of the catalogue's")


class Book(BookFields):
    """A book of the catalogue."""

    isbn = serializers.RegexField(
        rf"^(97[89][0-9]{{10}}|{identifiers.PATTERN})$",
        help_text="Thirteen digits; for a book without an ISBN an identifier of the catalogue's, N and twelve characters",
    )
    price = serializers.RegexField(r"^[0-9]{1,6}\.[0-9]{2}$", allow_null=True)  # type: ignore[assignment]  # always text in an answer, so not a Price
    created = serializers.DateTimeField()
    modified = serializers.DateTimeField()
    version = serializers.IntegerField(min_value=1)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Require all: whatever may be left out of a request is in every answer."""
        shown = super().get_fields()
        for field in shown.values():
            field.required, field.default = True, serializers.empty
        return shown


class Page(serializers.Serializer[Any]):
    """A page of books."""

    next = serializers.CharField(allow_null=True, help_text="The next page's address; null on the last")
    previous = serializers.CharField(allow_null=True, help_text="The previous page's address; null on the first")
    results = Book(many=True)


class Query(serializers.Serializer[Any]):
    """Which books, in which order."""

    q = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text='Words to search for; "a phrase", or, -without')
    author = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="The whole name, in any case")
    publisher = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="The whole name, in any case")
    ordering = serializers.ChoiceField(pagination.ORDERINGS, default=pagination.DEFAULT_ORDERING, help_text="A minus sign reverses it")
    page_size = serializers.IntegerField(
        min_value=1, max_value=pagination.MAX_PAGE_SIZE, default=pagination.DEFAULT_PAGE_SIZE, help_text="How many books a page holds"
    )
    cursor = fields.Cursor(required=False, max_length=2000)


class FieldProblem(serializers.Serializer[Any]):
    """What is wrong with a field."""

    field = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # a serializer has errors of its own


class Links(serializers.Serializer[Any]):
    """Where to go from here."""

    books = serializers.CharField()
    docs = serializers.CharField()
    openapi = serializers.CharField()


class Greeting(serializers.Serializer[Any]):
    """Who is here."""

    message = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    links = Links()
