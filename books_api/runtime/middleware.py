"""What Django's requests pass through."""

from collections.abc import Callable

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
        if request.resolver_match:
            request.META[OPERATION] = f"{request.method} {request.resolver_match.view_name}"
        return response

    return middleware
