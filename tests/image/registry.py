"""A registry in ECR's shape: under its name, with TLS and its login."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.image.aws import REGISTRY, REGISTRY_ADDRESS
from tests.image.engine import INSTALL, Engine, missing

# What the endpoint gives out, and its hash for the registry.
PASSWORD = "ministack-auth-token"
HTPASSWD = "AWS:$2y$05$R1FldfCCnuOvtIGzFQOLfesCdClQmvOA4ZGYdHZ88j1YyKK/8dQ.q\n"


@contextmanager
def serve(engine: Engine, folder: Path) -> Iterator[None]:
    """An empty one, that those in the engine's namespace find."""
    if missing("docker-registry"):
        pytest.skip(f"pushing takes docker-registry: {INSTALL}")
    engine.inside(())
    certificate = engine.authority.issue_cert(REGISTRY)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(folder / "certificate.pem", append=True)
    (folder / "htpasswd").write_text(HTPASSWD)
    settings = {
        "STORAGE_FILESYSTEM_ROOTDIRECTORY": folder / "images",
        "HTTP_ADDR": f"{REGISTRY_ADDRESS}:443",
        "HTTP_SECRET": "test",
        "HTTP_TLS_CERTIFICATE": folder / "certificate.pem",
        "HTTP_TLS_KEY": folder / "key.pem",
        "AUTH_HTPASSWD_REALM": "test",
        "AUTH_HTPASSWD_PATH": folder / "htpasswd",
    }
    (folder / "config.yml").write_text("version: 0.1\nstorage: {filesystem: {}}\n")
    log = folder / "log"
    with log.open("wb") as output:
        env = {"PATH": engine.env["PATH"]} | {f"REGISTRY_{name}": str(value) for name, value in settings.items()}
        process = subprocess.Popen(["docker-registry", "serve", folder / "config.yml"], env=env, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 20
        while "listening on" not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()
