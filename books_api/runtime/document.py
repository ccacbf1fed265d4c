"""The API document, and the page that shows it: one page with its assets inside, because the network has no way out."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import drf_spectacular_sidecar
import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from books_api.runtime import links

DOCUMENT = Path(__file__).parents[1] / "openapi.json"
_ASSETS = Path(drf_spectacular_sidecar.__file__).parent / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
# The document's address is relative to the page's, so that it holds behind any prefix.
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#ui", deepLinking: true, validatorUrl: null});'


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(DOCUMENT.read_bytes())
    return document


@cache
def _page() -> tuple[bytes, str]:
    """Make the page, and the policy under which a browser runs these two scripts and no other."""
    scripts = [(_ASSETS / "swagger-ui-bundle.js").read_text().replace("</script", "<\\/script"), _START]
    style = (_ASSETS / "swagger-ui.css").read_text()
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>AWSome Books</title><link rel="icon" href="data:,">'
        f'<style>{style}</style></head><body><div id="ui"></div>{"".join(f"<script>{script}</script>" for script in scripts)}</body></html>'
    )
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'"
    return page.encode(), f"{policy}; form-action 'none'; frame-ancestors 'none'"


class DocumentView(APIView):
    """The API document."""

    @extend_schema(operation_id="openapi", summary="This document", responses={200: OpenApiResponse({"type": "object"}, "OpenAPI 3.0")})
    def get(self, request: Request) -> Response:
        """Show the committed document, with the address under which the caller reached it."""
        return Response({**_document(), "servers": [{"url": links.base(request.META) or "/"}]})


class DocsView(APIView):
    """The documentation."""

    @extend_schema(
        operation_id="docs", summary="This documentation", responses={(200, "text/html"): OpenApiResponse({"type": "string"}, "A page")}
    )
    def get(self, request: Request) -> HttpResponse:
        """Swagger UI."""
        page, policy = _page()
        headers = {"Content-Security-Policy": policy, "Cache-Control": "max-age=3600"}
        return HttpResponse(page, content_type="text/html; charset=utf-8", headers=headers)
