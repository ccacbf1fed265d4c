"""An AWS endpoint on loopback: `python -m tests.deployment.endpoint PORT` serves until it is stopped."""

import os
import sys


def main(port: str) -> None:
    """Serve; ministack reads its settings from the environment while it is imported."""
    os.environ |= {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": port, "IOT_MTLS_ENABLED": "0", "LOG_LEVEL": "WARNING", "AUTH": "true"}
    from ministack import app  # noqa: PLC0415 see above

    from tests.deployment.stricter import make_stricter  # noqa: PLC0415 see above

    make_stricter()
    sys.argv[1:] = []
    app.main()


if __name__ == "__main__":
    main(sys.argv[1])
