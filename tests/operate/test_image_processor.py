"""For which processor an image is, where its tag is one manifest and no index, as `docker push` makes it: its configuration says so."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from tests.deployment.dev import STACK
from tests.operate.conftest import Run
from tests.operate.ecs import Ecs

IMAGE, CONFIGURATION = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 2, "digest": CONFIGURATION},
    "layers": [],
}


class Blobs(BaseHTTPRequestHandler):
    """The storage behind the registry: the path is the architecture."""

    def do_GET(self) -> None:
        body = json.dumps({"architecture": self.path.strip("/"), "os": "linux"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address, with a certificate that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Blobs) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def registry(storage: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ecs]:
    """ECR, which says where a configuration is: the endpoint's addresses lead to AWS."""
    with Ecs() as server:
        server.answers = {
            "DescribeImages": {"imageDetails": [{"imageDigest": IMAGE, "imageTags": ["1.0.0"]}]},
            "BatchGetImage": {"images": [{"imageId": {"imageDigest": IMAGE}, "imageManifest": json.dumps(MANIFEST)}]},
            "GetDownloadUrlForLayer": {"downloadUrl": f"{storage}/arm64", "layerDigest": CONFIGURATION},
        }
        monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", server.url)
        yield server


def test_the_configuration_says_it(run: Run, registry: Ecs, storage: str) -> None:
    said = run("preflight", "dev", "--image", "1.0.0").out
    assert f"ok       image         1.0.0 is {IMAGE}, for arm64" in said
    assert registry.calls("GetDownloadUrlForLayer") == [{"repositoryName": STACK, "layerDigest": CONFIGURATION}]

    registry.answers["GetDownloadUrlForLayer"] = {"downloadUrl": f"{storage}/amd64"}
    said = run("preflight", "dev", "--image", "1.0.0").out
    assert "stop     image         1.0.0 is for amd64, the tasks run on arm64" in said


@pytest.mark.usefixtures("registry")
def test_what_cannot_be_read_is_no_answer(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where the storage is somebody else's, whose certificate nobody vouches for."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "another.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "another.pem"))
    said = run("preflight", "dev", "--image", "1.0.0").out
    assert f"unknown  image         1.0.0 is {IMAGE}; for which processor, its manifest does not say" in said
