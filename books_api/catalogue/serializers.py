"""What the API takes and gives."""

from typing import Any

from rest_framework import serializers

from books_api.catalogue import fields, pagination


class BookFields(serializers.Serializer[Any]):
    """What may be said about a book."""

    title = fields.Text(max_length=300)
    author = fields.Text(max_length=200)
    publisher = fields.Text(max_length=200)
    price = fields.Price()
    published_year = fields.Year(min_value=1000, max_value=2200)
    language = serializers.RegexField(r"^[a-z]{2,3}$", help_text="ISO 639 code, such as en")
    subjects = fields.Subjects(child=fields.Text(max_length=100), max_length=20, default=list)
    description = fields.Text(max_length=10_000, allow_blank=True, default="")


class BookChanges(BookFields):
    """The fields to change."""

    def __init__(self, **options: Any) -> None:
        super().__init__(partial=True, **options)


class NewBook(BookFields):
    """A book to add."""

    isbn = fields.ISBN()


class Book(BookFields):
    """A book of the catalogue."""

    isbn = serializers.RegexField(r"^97[89][0-9]{10}$", help_text="Thirteen digits")
    price = serializers.RegexField(r"^[0-9]{1,6}\.[0-9]{2}$")  # type: ignore[assignment]  # read as text, written as a number
    created = serializers.DateTimeField()
    modified = serializers.DateTimeField()
    version = serializers.IntegerField(min_value=1)


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
