"""The container's health check: asks this very task whether it is alive. Imports no Django, so that it is quick."""

import http.client
import os
import ssl
import sys


def alive() -> bool:
    """Whether the health path answers 200."""
    port = int(os.environ.get("PORT", "8080"))
    connection: http.client.HTTPConnection
    if os.environ.get("TLS") == "on":
        # The certificate is the task's own, made at its start: there is nobody to vouch for it, and nobody in between.
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=3, context=ssl._create_unverified_context())  # noqa: S323 see above
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", os.environ.get("HEALTH_PATH", "/healthz"))
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if alive() else 1)
