"""The same endpoints as Django REST Framework's documentation would have them: ModelViewSet, ModelSerializer, default settings."""

import os
from typing import Any

import django
from django.conf import settings
from psycopg2.extensions import parse_dsn

_dsn = parse_dsn(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["books.internal"],
    ROOT_URLCONF="benchmarks.service.viewset",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "books_api.catalogue"],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _dsn["dbname"],
            "USER": _dsn["user"],
            "HOST": _dsn["host"],
            "PORT": _dsn["port"],
            # Django's default is a new connection for each request, against which nobody would lose.
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
        }
    },
    USE_TZ=True,
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]},
)
django.setup()

from django.contrib.postgres.search import SearchQuery  # noqa: E402 once Django is set up
from django.core.wsgi import get_wsgi_application  # noqa: E402 once Django is set up
from django.db.models import QuerySet  # noqa: E402 once Django is set up
from rest_framework import pagination, routers, serializers, viewsets  # noqa: E402 once Django is set up

from books_api.catalogue.models import Book  # noqa: E402 once Django is set up


class BookSerializer(serializers.ModelSerializer[Book]):
    """All fields."""

    class Meta:
        """But not the index."""

        model = Book
        exclude = ("search",)
        read_only_fields = ("created", "modified", "version")


class Pages(pagination.CursorPagination):
    """By title."""

    page_size = 20
    ordering = ("title", "isbn")


class BookViewSet(viewsets.ModelViewSet[Book]):
    """Everything."""

    queryset = Book.objects.all()
    serializer_class = BookSerializer
    pagination_class = Pages

    def filter_queryset(self, queryset: QuerySet[Book, Any]) -> QuerySet[Book, Any]:
        """Search with the same index."""
        if q := self.request.query_params.get("q"):
            queryset = queryset.filter(search=SearchQuery(q, config="english", search_type="websearch"))
        return super().filter_queryset(queryset)


router = routers.SimpleRouter(trailing_slash=False)
router.register("books", BookViewSet)
urlpatterns = router.urls
application = get_wsgi_application()
