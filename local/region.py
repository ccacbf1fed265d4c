"""The region as a process: `python -m local.region PORT FRONT_PORT FOLDER ENGINE` serves until its standard input ends."""

import os
import sys
import threading
from pathlib import Path

from local.endpoint import serve
from local.front import Front

PROCESSES, DOCKER = "processes", "docker"
# What a client is to trust, in the region's folder.
AUTHORITIES = "authorities.pem"


def main(port: str, front_port: str, folder: str, engine: str) -> None:
    """Serve. ministack's own settings are in the environment."""
    front = Front(int(port), int(front_port))
    front.trust(Path(folder) / AUTHORITIES)
    # ministack is to find no engine.
    outer = dict(os.environ)

    def connect() -> None:
        # They import ministack, which reads its settings then.
        from local import engines, load_balancer  # noqa: PLC0415
        from local.ecs import Ecs  # noqa: PLC0415
        from local.gateway import Gateway  # noqa: PLC0415
        from local.rds import Rds  # noqa: PLC0415
        from local.registry import Registry  # noqa: PLC0415

        registry, rds = Registry(int(port), front.port, Path(folder) / "images"), Rds(Path(folder) / "databases")
        containers = engines.Docker(registry, [rds.certificate], outer) if engine == DOCKER else engines.Processes(registry)
        ecs = Ecs(containers, rds, f"http://127.0.0.1:{port}")
        load_balancer.connect()
        for part in (registry, rds, ecs, Gateway(f"localhost:{front.port}")):
            part.connect()

        def end() -> None:
            # Also where who started this was killed: nothing goes on alone.
            sys.stdin.read()
            ecs.close()
            rds.close()
            # Threads that wait for a deployment would be waited for.
            os._exit(0)

        threading.Thread(target=end, daemon=True).start()

    serve(port, connect)


if __name__ == "__main__":
    main(*sys.argv[1:])
