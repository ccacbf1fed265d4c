"""Links that the caller can follow: built from what the gateway says about itself, never from the internal host."""

import re
from collections.abc import Mapping
from typing import Any

_HOST = re.compile(r"[a-z0-9.-]{1,253}(:\d{1,5})?", re.IGNORECASE)
_PREFIX = re.compile(r"/[A-Za-z0-9_-]{1,128}")


def prefix(environ: Mapping[str, Any]) -> str:
    """Read the stage's prefix, such as /prod; empty behind a custom domain."""
    value = environ.get("HTTP_X_PUBLIC_PREFIX", "")
    return value if _PREFIX.fullmatch(value) else ""


def base(environ: Mapping[str, Any]) -> str:
    """Give what goes before a path; without a gateway nothing but the prefix, which leaves the link relative to the caller's host."""
    host = environ.get("HTTP_X_PUBLIC_HOST", "")
    if not _HOST.fullmatch(host):
        return prefix(environ)
    scheme = "http" if environ.get("HTTP_X_PUBLIC_PROTO") == "http" else "https"
    return f"{scheme}://{host}{prefix(environ)}"
