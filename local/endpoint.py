"""An AWS endpoint on loopback: `python -m local.endpoint PORT` serves until it is stopped."""

import os
import sys
from collections.abc import Callable

# ministack reads them while it is imported. AUTH evaluates IAM's policies, and asks for capabilities; nothing is run in containers.
SETTINGS = {
    "AUTH": "true",
    "BIND_HOST": "127.0.0.1",
    "DOCKER_HOST": "unix:///nowhere",
    "IOT_MTLS_ENABLED": "0",
    "LOG_LEVEL": "WARNING",
}


def serve(port: str, extend: Callable[[], None] = lambda: None) -> None:
    """Serve, with what else there is to exchange."""
    os.environ |= SETTINGS | {"GATEWAY_PORT": port}
    from ministack import app  # noqa: PLC0415 see SETTINGS

    from local.stricter import make_stricter  # noqa: PLC0415 see SETTINGS

    make_stricter()
    extend()
    sys.argv[1:] = []
    app.main()


if __name__ == "__main__":
    serve(sys.argv[1])
