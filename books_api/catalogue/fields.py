"""A book's fields, as strict as the API document says: text is text, a number is a number."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, extend_schema_field
from rest_framework import serializers

from books_api.catalogue import identifiers, isbn

# White space as Python strips it, in the words of ECMAScript's expressions, whose own \s is not quite the same.
_NOT_BLANK = r"[^\s\u001c-\u001f\u0085]"


class Text(serializers.CharField):
    """Text; a CharField would take a number for it."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse all else."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class TextInTheDocument(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # it registers itself, by code without types
    """Blank text is refused; the document says so."""

    target_class = "books_api.catalogue.fields.Text"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Describe a CharField that is not blank."""
        describe: Callable[..., dict[str, Any]] = auto_schema._map_serializer_field
        schema = describe(self.target, direction, bypass_extensions=True)
        return schema if self.target.allow_blank else schema | {"pattern": _NOT_BLANK}


class Whole(serializers.IntegerField):
    """A whole number."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse text and fractions, which an IntegerField would convert."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


@extend_schema_field(
    {
        "anyOf": [
            {"type": "string", "pattern": r"^([1-9][0-9]{0,5}(\.[0-9]{1,2})?|0\.(0[1-9]|[1-9][0-9]?))$"},
            {"type": "number", "minimum": 0.01, "maximum": 999999.99, "multipleOf": 0.01},
        ],
        "example": "39.90",
        "description": "Answers have it as text, which keeps its digits; null is unknown",
    }
)
class Price(serializers.DecimalField):
    """A positive amount with two decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=8, decimal_places=2, min_value=Decimal("0.01"), **options)

    def to_internal_value(self, data: Any) -> Decimal:
        """Take a JSON number for the decimal that it stands for (0.07 may arrive as 0.07000000000000001)."""
        if isinstance(data, float) and math.isclose(data, round(data, 2), rel_tol=1e-12):
            data = round(data, 2)
        return super().to_internal_value(data)


class Year(Whole):
    """A year of publication, astronomical: 0 is 1 BC."""

    def __init__(self, **options: Any) -> None:
        # The oldest books are clay; the youngest are announced.
        super().__init__(min_value=-5000, max_value=2200, **options)


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^([A-Z]{3})?$",
        "example": "EUR",
        "description": "ISO 4217 code of the price; empty is the catalogue's own currency",
    }
)
class Currency(serializers.RegexField):
    """A currency's code, or nothing. It is not declared as allow_blank, since the document would then allow "" in two ways."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[A-Z]{3}$", **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Take nothing as it is."""
        return data if data == "" else super().run_validation(data)


@extend_schema_field(
    {"type": "string", "format": "isbn", "example": "978-0-13-235088-4", "description": "ISBN-10 or ISBN-13, with or without hyphens"}
)
class ISBN(Text):
    """An ISBN, or an identifier of ours; canonical from here on."""

    def to_internal_value(self, data: Any) -> str:
        """Thirteen digits, or N and twelve characters."""
        try:
            return identifiers.canonical(super().to_internal_value(data))
        except isbn.NotAnISBN as error:
            raise serializers.ValidationError("Not an ISBN: ten or thirteen digits, of which the last checks the others.") from error


@extend_schema_field(
    {"type": "string", "format": "cursor", "maxLength": 2000, "description": "From the links next and previous; knows the order, too"}
)
class Cursor(Text):
    """A place in a list, as pagination writes it."""


class Items(serializers.ListField):
    """A list that is counted before its items are looked at: forty thousand wrong ones would be as many errors in one answer."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Refuse too many."""
        if isinstance(data, list):
            self.run_validators(data)
        return super().to_internal_value(data)
