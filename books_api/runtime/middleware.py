"""What Django's requests pass through."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

# Where the edge finds the operation's name for its log.
OPERATION = "books_api.operation"


def known_host(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a host that is not ours: Django checks only where somebody asks for the host."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.get_host()
        response = get_response(request)
        # Without it gunicorn would send every answer in chunks.
        response["Content-Length"] = str(len(response.content))
        # Only what is documented has a name: a metric for every method that somebody makes up would cost money.
        if request.resolver_match and response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            request.META[OPERATION] = f"{request.method} {request.resolver_match.view_name}"
        return response

    return middleware
