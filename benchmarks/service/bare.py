"""The floor: a WSGI function, psycopg2 and orjson. No validation, no errors, no framework."""

import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson
import psycopg2
from psycopg2.extras import Json, RealDictCursor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

COLUMNS = "isbn, title, author, publisher, price, published_year, language, subjects, description, created, modified, version"
_local = threading.local()


def _cursor() -> Any:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.connection.autocommit = True
    return _local.connection.cursor(cursor_factory=RealDictCursor)


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer."""
    status, answer = "200 OK", None
    cursor = _cursor()
    if environ["REQUEST_METHOD"] == "POST":
        book = orjson.loads(environ["wsgi.input"].read())
        cursor.execute(
            "INSERT INTO catalogue_book (isbn, title, author, publisher, price, published_year, language, subjects, description)"
            " VALUES (%(isbn)s, %(title)s, %(author)s, %(publisher)s, %(price)s, %(published_year)s, %(language)s, %(subjects)s,"
            f" %(description)s) RETURNING {COLUMNS}",
            book | {"subjects": Json(book["subjects"])},
        )
        status, answer = "201 Created", cursor.fetchone()
    elif environ["PATH_INFO"] == "/books":
        query = parse_qs(environ["QUERY_STRING"])
        where, values = ("WHERE search @@ websearch_to_tsquery('english', %s)", query["q"]) if "q" in query else ("", [])
        cursor.execute(f"SELECT {COLUMNS} FROM catalogue_book {where} ORDER BY title, isbn LIMIT 21", values)
        rows = cursor.fetchall()
        answer = {"next": rows[19]["isbn"] if len(rows) > 20 else None, "results": rows[:20]}
    else:
        cursor.execute(f"SELECT {COLUMNS} FROM catalogue_book WHERE isbn = %s", [environ["PATH_INFO"][7:]])
        answer = cursor.fetchone()
    body = orjson.dumps(answer, default=str)
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
