"""Builds the service's image and pushes it to a registry: docker does the work, its output goes to stderr."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.verb import say
from ci.project import HERE
from templates import names, settings_file
from templates.settings import Environment

if TYPE_CHECKING:
    from ci.deployed.environment import Deployed

PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
PLATFORM = "--platform"
# The engine's own builder where there is no buildx; and one manifest without attestations beside it, whose digest is the image's.
# https://docs.docker.com/build/building/variables/#buildx_no_default_attestations
BUILDER = {"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def build(wanted: str, name: str | None, options: Sequence[str]) -> None:
    """Build a version, and print the image's name."""
    folder = HERE / "environments"
    environments = [settings_file.load(path) for path in ([folder / f"{name}.toml"] if name else sorted(folder.glob("*.toml")))]
    architectures = {environment.service.architecture for environment in environments}
    services = {environment.service.folder: environment.contract for environment in environments}
    if len(services) > 1:
        raise RefusedError(
            f"The environments run {' and '.join(sorted(each.name for each in services.values()))}: say for which to build with --for ENV."
        )
    [contract] = services.values()
    # docker takes a second one for a second platform.
    if any(option.partition("=")[0] == PLATFORM for option in options):
        platform = []
    elif len(architectures) > 1:
        raise RefusedError(f"The environments run on {' and '.join(sorted(architectures))}: say for which one to build with --for ENV.")
    else:
        platform = [f"{PLATFORM}={PLATFORMS[architectures.pop()]}"]
    image = f"{contract.name}:{wanted}"
    labels = {"VERSION": wanted, "REVISION": _git("describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"), "SOURCE": _source()}
    arguments = [f"--build-arg={key}={value}" for key, value in labels.items()]
    _docker("build", *platform, f"--file={HERE / contract.dockerfile}", f"--tag={image}", *arguments, *options, str(HERE))
    print(image, flush=True)


def push(deployed: Deployed, wanted: str) -> None:
    """Push a version that was built here, and print its digest."""
    refuse_foreign(deployed)
    # On this machine; in the registry its name is the environment's repository.
    image = f"{deployed.settings.contract.name}:{wanted}"
    _check_platform(image, deployed.settings)
    repository = f"{_log_in(deployed)}/{names.repository(deployed.settings)}"
    remote = f"{repository}:{wanted}"
    if _is_there(remote):
        # Also for the digest. By their configurations: what an engine calls an image depends on where it keeps them.
        _docker("pull", "--quiet", remote)
        if _configuration(remote) != _configuration(image):
            raise RefusedError(f"{remote} exists already, and a version never changes: build the next version.")
        # A pipeline that is run again goes on.
        say(f"{remote} is this image already.")
    else:
        _docker("tag", image, remote)
        _docker("push", remote)
    digests = _inspected(remote, "{{range .RepoDigests}}{{println .}}{{end}}").split()
    print(next(digest for digest in digests if digest.startswith(f"{repository}@")).partition("@")[2], flush=True)


def refuse_foreign(deployed: Deployed) -> None:
    """An environment may take its images from another account's registry; raises RefusedError."""
    if arn := deployed.settings.service.image_repository_arn:
        raise RefusedError(f"{deployed.name} takes its images from {arn}: push to the environment that this repository belongs to.")


def refuse_without_engine() -> None:
    """Raises RefusedError where docker is not there, or has no engine."""
    asked = _quietly("version", "--format={{.Server.Version}}")
    if asked.returncode:
        raise RefusedError(f"No Docker engine answers: {asked.stderr.strip()}")


def _check_platform(image: str, environment: Environment) -> None:
    """A task on the other processor would never start."""
    inspected = _quietly("image", "inspect", "--format={{.Os}}/{{.Architecture}}", image)
    if inspected.returncode:
        if "No such image" in inspected.stderr:
            raise RefusedError(f"There is no image {image} on this machine. Next: python -m ci image build {image.partition(':')[2]}")
        raise FailedError(f"docker image inspect failed: {inspected.stderr.strip()}")
    built, wanted = inspected.stdout.strip(), PLATFORMS[environment.service.architecture]
    if built != wanted:
        raise RefusedError(
            f"{image} is built for {built}, and {environment.name} runs on {wanted}: build it with --for {environment.name}."
        )


def _log_in(deployed: Deployed) -> str:
    """The address of the registry, once docker may use it: ECR says where it is, whatever the partition and the account."""
    [given] = deployed.client("ecr").get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(given["authorizationToken"]).decode().partition(":")
    registry: str = given["proxyEndpoint"].removeprefix("https://")
    # By stdin: others on this machine can read a process's arguments.
    _docker("login", f"--username={user}", "--password-stdin", registry, given=password)
    return registry


def _is_there(remote: str) -> bool:
    inspected = _quietly("manifest", "inspect", remote)
    if inspected.returncode and "no such manifest" not in inspected.stderr:
        raise FailedError(f"docker manifest inspect failed: {inspected.stderr.strip()}")
    return inspected.returncode == 0


def _configuration(image: str) -> str:
    """All that an image's configuration has: how it is run, and its layers by their content."""
    return _inspected(image, "{{.Created}} {{.Architecture}} {{json .Config}} {{json .RootFS}}")


def _inspected(image: str, template: str) -> str:
    return str(_run("image", "inspect", f"--format={template}", image, stdout=subprocess.PIPE).stdout)


def _docker(*arguments: str, given: str = "") -> None:
    """Run it where its progress can be seen."""
    _run(*arguments, input=given, stdout=sys.stderr)


def _quietly(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it for what it says, also where it fails."""
    return _run(*arguments, check=False, capture_output=True)


def _run(*arguments: str, check: bool = True, **streams: Any) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["docker", *arguments], check=check, text=True, env=os.environ | BUILDER, **streams)
    except FileNotFoundError:
        raise RefusedError("There is no docker on this machine: install it, or add its folder to PATH.") from None
    except subprocess.CalledProcessError as failure:
        raise FailedError(f"docker {' '.join(arguments[:2])} failed with exit status {failure.returncode}; it said why above.") from None


def _git(*arguments: str) -> str:
    """What git says, where there is a repository."""
    try:
        asked = subprocess.run(["git", "-C", str(HERE), *arguments], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return asked.stdout.strip() or "unknown"


def _source() -> str:
    """The repository's address, without a login that may be in it."""
    return re.sub(r"//[^@/]*@", "//", _git("remote", "get-url", "origin"))
