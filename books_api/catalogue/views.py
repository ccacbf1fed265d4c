"""HTTP, and nothing else: reads are selectors, writes are services."""

from typing import Any

from django.http import HttpResponseNotModified
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from books_api import __version__
from books_api.catalogue import etags, identifiers, pagination, selectors, services
from books_api.catalogue.errors import BookNotFound
from books_api.catalogue.isbn import NotAnISBN
from books_api.catalogue.models import Book
from books_api.catalogue.serializers import Book as BookShown
from books_api.catalogue.serializers import BookChanges, BookFields, Greeting, NewBook, Page, Problem, Query
from books_api.runtime import links

# Made once: a serializer copies all its fields when it is made, and keeps nothing of what it validates.
QUERY, NEW_BOOK, BOOK_FIELDS, BOOK_CHANGES = Query(), NewBook(), BookFields(), BookChanges()
EDITORS: Any = [{"editor": []}]


def _problems(**details: str) -> dict[tuple[str, str] | str, Any]:
    """Document the errors an operation answers, and those that any may answer."""
    details |= {"s503": "The service or its database is away or overloaded; Retry-After says when to try again"}
    return {(name[1:], "application/problem+json"): OpenApiResponse(Problem, detail) for name, detail in details.items()}


_READ_PROBLEMS = {"s400": "The request is not valid"}
_WRITE_PROBLEMS = _READ_PROBLEMS | {"s413": "The body is too large", "s415": "The body is not application/json"}
_MISSING = {"s404": "No book has this ISBN"}
_CHANGED = {"s412": "If-Match or If-None-Match does not hold"}
_ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="The version; for If-Match")
_LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201], description="The book's address")
_IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="Only if the book still has this ETag")
_ISBN = OpenApiParameter(
    "isbn", {"type": "string", "format": "isbn"}, OpenApiParameter.PATH, description="ISBN-10 or ISBN-13, with or without hyphens"
)


class RootView(APIView):
    """Where a caller starts."""

    @extend_schema(operation_id="greet", summary="Greet, and say where to go", responses={200: Greeting, **_problems(**_READ_PROBLEMS)})
    def get(self, request: Request) -> Response:
        """Say who this is and where the books are."""
        base = links.base(request.META)
        return Response(
            {
                "message": "Welcome to AWSome Books.",
                "name": "AWSome Books",
                "version": __version__,
                "links": {"books": f"{base}/books", "docs": f"{base}/docs", "openapi": f"{base}/openapi.json"},
            }
        )


class BooksView(APIView):
    """The catalogue."""

    @extend_schema(
        operation_id="list_books",
        summary="List and search books",
        parameters=[Query],
        responses={200: Page, **_problems(**_READ_PROBLEMS, s414="The address is too long")},
    )
    def get(self, request: Request) -> Response:
        """Show a page of the books that meet all that is given, with links to the pages around it."""
        query = QUERY.run_validation(request.query_params.dict())
        size, ordering = query.pop("page_size"), query.pop("ordering")
        cursor = query.pop("cursor", None)
        page = pagination.page(
            selectors.Filters(**query),
            ordering=ordering,
            cursor=cursor and pagination.Cursor.decode(cursor),
            size=size,
        )
        base = links.base(request.META)
        given = {name: value for name, value in request.query_params.dict().items() if name in QUERY.fields}
        return Response(
            {
                "next": pagination.link(base, given, page.next),
                "previous": pagination.link(base, given, page.previous),
                "results": page.rows,
            }
        )

    @extend_schema(
        operation_id="create_book",
        summary="Add a book",
        parameters=[_ETAG, _LOCATION],
        request=NewBook,
        responses={201: BookShown, **_problems(**_WRITE_PROBLEMS, s409="A book with this ISBN exists")},
        auth=EDITORS,
    )
    def post(self, request: Request) -> Response:
        """Add a book; its ISBN must be new. Where it is null, title, author, publisher, year, edition and number in a series must be."""
        fields = NEW_BOOK.run_validation(request.data)
        number = fields.pop("isbn") or identifiers.of_book(fields)
        return _created(request, services.create_book(isbn=number, fields=fields))


class BookView(APIView):
    """One book."""

    @extend_schema(
        operation_id="get_book",
        summary="Get a book",
        parameters=[
            _ISBN,
            _ETAG,
            OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="Only if the book has another ETag by now"),
        ],
        responses={200: BookShown, 304: OpenApiResponse(description="Not modified"), **_problems(**_READ_PROBLEMS, **_MISSING)},
    )
    def get(self, request: Request, isbn: str) -> Any:
        """Show the book, by either form of its ISBN."""
        row = selectors.get_book(isbn=_known(isbn))
        etag = etags.etag(row["version"], row["created"])
        if etags.not_modified(etag, request.META.get("HTTP_IF_NONE_MATCH", "")):
            return HttpResponseNotModified(headers=_validators(etag))
        return Response(row, headers=_validators(etag))

    @extend_schema(
        operation_id="replace_book",
        summary="Replace a book, or add it",
        parameters=[
            _ISBN,
            _ETAG,
            _LOCATION,
            _IF_MATCH,
            OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="* adds the book only if there is none"),
        ],
        request=BookFields,
        responses={200: BookShown, 201: BookShown, **_problems(**_WRITE_PROBLEMS, **_CHANGED)},
        auth=EDITORS,
    )
    def put(self, request: Request, isbn: str) -> Response:
        """Put a book in its place; where there is none, add it."""
        number = _valid(isbn)
        book, created = services.replace_book(isbn=number, fields=_for(number, BOOK_FIELDS, request.data), check=_check(request))
        return _created(request, book) if created else _shown(book)

    @extend_schema(
        operation_id="change_book",
        summary="Change some fields of a book",
        parameters=[_ISBN, _ETAG, _IF_MATCH],
        request=BookChanges,
        responses={200: BookShown, **_problems(**_WRITE_PROBLEMS, **_MISSING, **_CHANGED)},
        auth=EDITORS,
    )
    def patch(self, request: Request, isbn: str) -> Response:
        """Change the fields that are given, and leave the others."""
        number = _known(isbn)
        return _shown(services.change_book(isbn=number, fields=_for(number, BOOK_CHANGES, request.data), check=_check(request)))

    @extend_schema(
        operation_id="delete_book",
        summary="Delete a book",
        parameters=[_ISBN, _IF_MATCH],
        responses={204: OpenApiResponse(description="Deleted"), **_problems(**_READ_PROBLEMS, **_MISSING, **_CHANGED)},
        auth=EDITORS,
    )
    def delete(self, request: Request, isbn: str) -> Response:
        """Remove a book from the catalogue."""
        services.delete_book(isbn=_known(isbn), check=_check(request))
        return Response(status=204)


def _known(text: str) -> str:
    """Read the ISBN in a path that is to lead to a book: what is no ISBN leads to none."""
    try:
        return identifiers.canonical(text)
    except NotAnISBN as error:
        raise BookNotFound from error


def _valid(text: str) -> str:
    """Read the ISBN in a path at which a book is to be put."""
    try:
        return identifiers.canonical(text)
    except NotAnISBN as error:
        raise ParseError("The path does not end in an ISBN.") from error


def _for(number: str, serializer: serializers.Serializer[Any], body: Any) -> dict[str, Any]:
    """Read the fields of a body, which may name its ISBN but no other book's."""
    fields: dict[str, Any] = serializer.run_validation(body)
    named = body.get("isbn", number)
    if named != number and (not isinstance(named, str) or _valid(named) != number):
        raise serializers.ValidationError({"isbn": "The path names another book. An ISBN cannot be changed."})
    return fields


def _check(request: Request) -> etags.Check:
    return etags.precondition(request.META.get("HTTP_IF_MATCH"), request.META.get("HTTP_IF_NONE_MATCH"))


def _validators(etag: str) -> dict[str, str]:
    # Any cache may keep a book, and asks whether it is still the same before showing it.
    return {"ETag": etag, "Cache-Control": "no-cache"}


def _shown(book: Book, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    row = {name: getattr(book, name) for name in selectors.FIELDS}
    return Response(row, status, headers=_validators(etags.etag(book.version, book.created)) | (headers or {}))


def _created(request: Request, book: Book) -> Response:
    return _shown(book, 201, {"Location": f"{links.base(request.META)}/books/{book.isbn}"})
