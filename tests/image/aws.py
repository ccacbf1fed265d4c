"""An AWS endpoint on loopback."""

import os
import socket
import subprocess
import sys
import time
from typing import Self

from local.postgres import free_port

ACCOUNT = "111122223333"
REGION = "us-east-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
# Where ECR sends those who want a layer.
LAYERS = f"prod-{REGION}-starport-layer-bucket.s3.{REGION}.amazonaws.com"
# An address of this process, since others may listen on 443.
REGISTRY_ADDRESS = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
# The endpoint takes the key's id for the account.
ACCESS = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


class Endpoint:
    """Secrets Manager, and ECR but for its images."""

    def __init__(self) -> None:
        port = free_port()
        self.env = ACCESS | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "IOT_MTLS_ENABLED": "0", "SERVICES": "secretsmanager,ecr,sts"}
        command = [sys.executable, "-m", "ministack"]
        env = {"PATH": os.environ["PATH"]} | settings
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not _listens(port):
            assert time.monotonic() < deadline, "the AWS endpoint did not start"
            time.sleep(0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
