"""The images of the endpoint's registry, as those who start tasks pull them: by ECR's name, from this machine's port."""

import io
import json
import tarfile
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

from ministack.core.responses import json_response
from ministack.services import ecr

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

_get_authorization_token = ecr._get_authorization_token


class PullError(Exception):
    """An image is not there; the text is what the registry says."""


class Image(NamedTuple):
    """An image: its configuration, and where its files are."""

    config: dict[str, Any]
    root: Path


class Registry:
    """The endpoint's own registry. Clients find it at the region's front; docker trusts one on localhost, whatever its certificate."""

    def __init__(self, port: int, front_port: int, folder: Path) -> None:
        """The endpoint's port, and the front's."""
        self.address = f"localhost:{front_port}"
        self._endpoint = f"http://127.0.0.1:{port}"
        self._folder = folder

    def connect(self) -> None:
        """Exchange the function; once, before the server starts."""
        ecr._get_authorization_token = self._token

    def _token(self, asked: dict[str, Any]) -> Any:
        answer = json.loads(_get_authorization_token(asked)[2])
        answer["authorizationData"][0]["proxyEndpoint"] = f"https://{self.address}"
        return json_response(answer)

    def local(self, image: str) -> str:
        """What to pull for 111122223333.dkr.ecr.us-east-1.amazonaws.com/name@digest."""
        return f"{self.address}/{image.partition('/')[2]}"

    def pull(self, image: str) -> Image:
        """Unpack an image, once; raises PullError."""
        host, _, name = image.partition("/")
        repository, _, digest = name.partition("@")
        root = self._folder / digest.replace(":", "-")
        manifest = json.loads(self._get(host, f"{repository}/manifests/{digest}"))
        config = json.loads(self._get(host, f"{repository}/blobs/{manifest['config']['digest']}"))
        if not root.exists():
            part = root.with_suffix(".part")
            for layer in manifest["layers"]:
                with tarfile.open(fileobj=io.BytesIO(self._get(host, f"{repository}/blobs/{layer['digest']}"))) as archive:
                    archive.extractall(part, filter="data")
            part.rename(root)
        return Image(config, root)

    def _get(self, host: str, path: str) -> bytes:
        request = urllib.request.Request(f"{self._endpoint}/v2/{path}", headers={"Accept": MANIFEST, "Host": host})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            raise PullError(f"{host}/{path}: {error.read().decode(errors='replace')}") from None
