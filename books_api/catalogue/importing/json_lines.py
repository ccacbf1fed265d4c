"""JSON Lines: an object a line, with the API's fields or with others' names for them."""

from typing import Any

import orjson

from books_api.catalogue.importing.outcomes import Remark


def parsed(line: str) -> dict[str, Any] | Remark:
    """Read one line; what is wrong with it where it is not an object."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Remark("is not JSON", str(error))
    return value if isinstance(value, dict) else Remark("is not an object in braces")
