"""JSON in and out with orjson: strict about UTF-8, NaN and depth, and an order of magnitude faster than the standard library."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JSONRenderer(BaseRenderer):
    """A response's body; decimals are text, which keeps their digits."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        """Encode what a view returned."""
        return b"" if data is None else orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


class JSONParser(BaseParser):
    """A request's body."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Decode it, or say what is wrong with it."""
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}.") from error


class OneFormat(BaseContentNegotiation):
    """There is one format, whatever the caller would rather have: better JSON than 406."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Hold the content type against the one parser's."""
        return next((parser for parser in parsers if request.content_type.split(";")[0].strip().lower() == parser.media_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Take the first."""
        return renderers[0], renderers[0].media_type
