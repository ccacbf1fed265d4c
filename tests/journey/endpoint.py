"""The AWS endpoint of tests/deployment, where what is created also runs: `python -m tests.journey.endpoint PORT REGION_URL`."""

import sys

from tests.deployment.endpoint import serve


def main(port: str, region: str) -> None:
    """Serve."""

    def extend() -> None:
        from tests.journey.cloud import connect  # noqa: PLC0415 it imports ministack, which reads its settings then

        connect(region)

    serve(port, extend)


if __name__ == "__main__":
    main(*sys.argv[1:])
