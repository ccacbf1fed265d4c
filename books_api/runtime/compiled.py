"""Queries of the ORM that are compiled once: making the SQL again for each request costs more than running it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from django.db import connection

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet


@dataclass(frozen=True)
class Statement:
    """SQL, and what goes where: its parameters, of which some stand for values that come with each request."""

    sql: str
    parameters: Sequence[Any]
    stand_ins: Mapping[Any, str]

    @classmethod
    def compile(cls, rows: "QuerySet[Model, Any]", stand_ins: Mapping[Any, str], before: str = "") -> Self:
        """Compile a query in which each of these values stands for the one of that name; `before` it may come settings, in SQL."""
        sql, parameters = rows.query.sql_with_params()
        return cls(before + sql, parameters, stand_ins)

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Run it with these values."""
        parameters = [values[self.stand_ins[value]] if value in self.stand_ins else value for value in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            return list(cursor.fetchall())
