"""A stand-in for docker, where no engine answers: it builds, tags and pushes images that have the code alone.

`build` takes from the Dockerfile what is copied and what is configured, and runs nothing: Python and the packages are those of this
machine. `push` speaks the registry's own protocol, so that versions, digests and labels are as they are with an engine. It knows what
`python -m ci` asks docker for, no more.
"""

import fnmatch
import gzip
import hashlib
import io
import json
import os
import re
import shlex
import sys
import tarfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.error import HTTPError

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
# Where images are kept; set by who puts this on PATH.
STORE = "LOCAL_DOCKER_STORE"
VERSION = "stand-in"

Image = dict[str, Any]


class DockerError(Exception):
    """What docker would say; the command failed."""


def main(arguments: Sequence[str]) -> int:
    """Do what is asked for; the exit status."""
    try:
        print(_do(Store(Path(os.environ[STORE])), list(arguments)), end="")
    except DockerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


class Store:
    """Images on this machine, by their names; and what they consist of, by digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, blob: bytes) -> str:
        """Keep it; its digest."""
        digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
        (self._folder / digest).write_bytes(blob)
        return digest

    def blob(self, digest: str) -> bytes:
        """What has this digest."""
        return (self._folder / digest).read_bytes()

    def name(self, image: str, manifest: str) -> None:
        """Give a manifest's digest another name."""
        (self._folder / image.replace("/", "%")).write_text(manifest, encoding="utf-8")

    def manifest(self, image: str) -> str:
        """The digest that a name stands for; raises DockerError."""
        try:
            return (self._folder / image.replace("/", "%")).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise DockerError(f"Error response from daemon: No such image: {image}") from None

    def config(self, image: str) -> Image:
        """How an image is run."""
        manifest = json.loads(self.blob(self.manifest(image)))
        config: Image = json.loads(self.blob(manifest["config"]["digest"]))
        return config


def _do(store: Store, arguments: list[str]) -> str:  # noqa: PLR0911 one a command
    match arguments:
        case ["version", *_]:
            return f"{VERSION}\n"
        case ["build", *options, folder]:
            return _build(store, Path(folder), options)
        case ["image", "inspect", template, image]:
            return _inspect(store, template.removeprefix("--format="), image)
        case ["tag", image, name]:
            store.name(name, store.manifest(image))
            return ""
        case ["login", *_]:
            sys.stdin.read()
            return "Login Succeeded\n"
        case ["manifest", "inspect", image]:
            return _remote(image).get().decode()
        case ["push", image]:
            return _push(store, image)
        case ["pull", "--quiet", image]:
            return _pull(store, image)
    raise DockerError(f"The stand-in for docker does not know: docker {shlex.join(arguments)}")


def _build(store: Store, folder: Path, options: Sequence[str]) -> str:
    given = dict(option.partition("=")[::2] for option in options if option.startswith("--"))
    arguments = dict(option.removeprefix("--build-arg=").partition("=")[::2] for option in options if option.startswith("--build-arg="))
    files, config = _read(Path(given.get("--file", folder / "Dockerfile")), arguments)
    layer = _layer(folder, files)
    os_name, _, architecture = given.get("--platform", "linux/amd64").partition("/")
    image = {
        "created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "architecture": architecture,
        "os": os_name,
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"created_by": "the stand-in for docker: the code alone"}],
    }
    packed = gzip.compress(layer, mtime=0)
    described = json.dumps(image).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "size": len(described), "digest": store.put(described)},
        "layers": [{"mediaType": LAYER, "size": len(packed), "digest": store.put(packed)}],
    }
    store.name(given["--tag"], store.put(json.dumps(manifest).encode()))
    print("docker: no engine answers, so the image has the code alone, and nothing was run to build it", file=sys.stderr)
    return ""


def _read(dockerfile: Path, arguments: dict[str, str]) -> tuple[dict[str, str], Image]:
    """What is copied from the build's folder, as {source: target}, and the configuration of the last stage."""
    text = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", dockerfile.read_text(encoding="utf-8")))
    files: dict[str, str] = {}
    values: dict[str, str] = {}
    config: Image = {}
    for keyword, rest in (line.split(None, 1) for line in text.splitlines() if line.strip()):
        if keyword == "FROM":
            config = {"Env": [], "Labels": {}, "WorkingDir": "/"}
        elif keyword == "ARG":
            name, _, default = rest.partition("=")
            values[name] = arguments.get(name, default)
        elif keyword == "WORKDIR":
            config["WorkingDir"] = str(PurePosixPath(config["WorkingDir"]) / rest)
        elif keyword == "COPY" and not rest.startswith("--from"):
            *sources, target = shlex.split(rest)
            into = PurePosixPath(config["WorkingDir"]) / target
            files |= {source: str(into / Path(source).name if target.endswith("/") else into) for source in sources}
        elif keyword == "ENV":
            config["Env"] += [_filled(each, values) for each in shlex.split(rest)]
        elif keyword == "LABEL":
            config["Labels"] |= dict(_filled(each, values).partition("=")[::2] for each in shlex.split(rest))
        elif keyword == "USER":
            config["User"] = rest
        elif keyword in ("CMD", "ENTRYPOINT"):
            config[keyword.capitalize()] = json.loads(rest)
    return files, config


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: values.get(match[1], ""), text)


def _layer(folder: Path, files: dict[str, str]) -> bytes:
    """A tar of what is copied, without what .dockerignore leaves out; the same files are the same bytes."""
    ignored = [line for line in (folder / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and line[0] not in "#!*"]
    ignored.append("**/__pycache__")
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        for source, target in files.items():
            for path in _walk(folder, folder / source, ignored):
                inner = path.relative_to(folder / source)
                info = archive.gettarinfo(path, str(PurePosixPath(target.lstrip("/")) / inner if inner.parts else target.lstrip("/")))
                info.mtime, info.uid, info.gid, info.uname, info.gname = 0, 0, 0, "", ""
                with path.open("rb") as content:
                    archive.addfile(info, content)
    return layer.getvalue()


def _walk(folder: Path, path: Path, ignored: Sequence[str]) -> Iterator[Path]:
    name = path.relative_to(folder).as_posix()
    if any(
        fnmatch.fnmatch(name, pattern.removeprefix("**/")) or fnmatch.fnmatch(name, pattern.replace("**/", "*/")) for pattern in ignored
    ):
        return
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            yield from _walk(folder, inner, ignored)
    else:
        yield path


def _inspect(store: Store, template: str, image: str) -> str:
    config = store.config(image)

    def platforms() -> str:
        return f"{config['os']}/{config['architecture']}"

    def all_of_it() -> str:
        return f"{config['created']} {config['architecture']} {json.dumps(config['config'])} {json.dumps(config['rootfs'])}"

    def digests() -> str:
        # A name with a registry's host has been pushed there, or pulled from there.
        host, slash, _ = image.partition("/")
        return f"{image.rpartition(':')[0]}@{store.manifest(image)}" if slash and ":" in host else ""

    known: dict[str, Callable[[], str]] = {
        "{{.Os}}/{{.Architecture}}": platforms,
        "{{.Created}} {{.Architecture}} {{json .Config}} {{json .RootFS}}": all_of_it,
        "{{range .RepoDigests}}{{println .}}{{end}}": digests,
    }
    if template not in known:
        raise DockerError(f"The stand-in for docker does not know this format: {template}")
    return f"{known[template]()}\n"


class _Remote:
    """A manifest in a registry on this machine, by its tag."""

    def __init__(self, image: str) -> None:
        name, _, self.tag = image.rpartition(":")
        host, _, repository = name.partition("/")
        self.base = f"http://{host}/v2/{repository}"
        self.image = image

    def get(self) -> bytes:
        """The manifest."""
        return self.call("GET", f"manifests/{self.tag}", {"Accept": MANIFEST})

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> bytes:
        """What the registry answers; raises DockerError."""
        request = urllib.request.Request(f"{self.base}/{path}", body, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            if error.code == 404 and "manifests/" in path:
                raise DockerError(f"no such manifest: {self.image}") from None
            raise DockerError(f"{self.image}: {error.read().decode(errors='replace')}") from None


def _remote(image: str) -> _Remote:
    return _Remote(image)


def _push(store: Store, image: str) -> str:
    digest, remote = store.manifest(image), _remote(image)
    content = store.blob(digest)
    manifest = json.loads(content)
    for part in (manifest["config"], *manifest["layers"]):
        remote.call(
            "POST", f"blobs/uploads/?digest={part['digest']}", {"Content-Type": "application/octet-stream"}, store.blob(part["digest"])
        )
    remote.call("PUT", f"manifests/{remote.tag}", {"Content-Type": MANIFEST}, content)
    return f"{remote.tag}: digest: {digest} size: {len(content)}\n"


def _pull(store: Store, image: str) -> str:
    remote = _remote(image)
    content = remote.get()
    manifest = json.loads(content)
    for part in (manifest["config"], *manifest["layers"]):
        store.put(remote.call("GET", f"blobs/{part['digest']}"))
    store.name(image, store.put(content))
    return f"{image}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
