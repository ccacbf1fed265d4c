"""The paths: those of the API document, and no others (the edge answers the health checks)."""

from django.urls import path

from books_api.catalogue.views import BooksView, BookView, RootView
from books_api.runtime import errors
from books_api.runtime.document import DocsView, DocumentView

urlpatterns = [
    path("", RootView.as_view(), name="/"),
    path("books", BooksView.as_view(), name="/books"),
    path("books/<str:isbn>", BookView.as_view(), name="/books/{isbn}"),
    path("docs", DocsView.as_view(), name="/docs"),
    path("openapi.json", DocumentView.as_view(), name="/openapi.json"),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
