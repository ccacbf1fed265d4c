"""Builds the service's image, and pushes it to an environment's registry: docker and aws do the work, their output goes to stderr."""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from templates import names, settings_file
from templates.errors import SettingsError
from templates.settings import Environment

HERE = Path(__file__).parents[1]
SETTINGS = HERE / "environments"
# On this machine; in the registry its name is the environment's repository.
NAME = "books-api"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
EPILOG = """\
examples:
  python -m ci image build 1.2.0                                   for the processor that the environments agree on
  python -m ci image build 1.2.0 --for dev                         for the processor of environments/dev.toml
  python -m ci image build 1.2.0 --secret id=pip,src=pip.conf      from a mirror; what build does not know goes to docker build
  python -m ci image push prod 1.2.0                               prints the digest, which is what a deployment takes

exit status: 0 done; 1 docker or aws failed, and said why; 2 refused: nothing was built or pushed
"""


class RefusedError(Exception):
    """Nothing was done: a sentence, and what to do."""


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.action == "push":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if not VERSION.fullmatch(options.version):
            raise RefusedError(f"{options.version} is no version: three numbers such as 1.2.0, nothing before or after them.")
        if options.action == "build":
            _build(options.version, options.environment, rest)
        else:
            _push(options.environment, options.version)
    except (RefusedError, SettingsError) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except FileNotFoundError as missing:
        print(f"There is no {missing.filename} on this machine: install it, or add its folder to PATH.", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as failure:
        print(f"{' '.join(failure.cmd[:3])} failed with exit status {failure.returncode}; it said why above.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ci image",
        description="Build the service's image, and push it to an environment's registry.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="build it on this machine; further options go to docker build")
    build.add_argument("version", metavar="VERSION", help="such as 1.2.0")
    build.add_argument("--for", dest="environment", metavar="ENV", help="whose processor to build for, where the environments differ")
    push = actions.add_parser("push", help="push it to the registry of an environment")
    push.add_argument("environment", metavar="ENV", help="a name from environments/, without .toml")
    push.add_argument("version", metavar="VERSION", help="one that was built here")
    return parser


def _build(version: str, name: str | None, options: Sequence[str]) -> None:
    """Print the image's name."""
    environments = [_environment(name)] if name else [settings_file.load(path) for path in sorted(SETTINGS.glob("*.toml"))]
    architectures = {environment.service.architecture for environment in environments}
    if len(architectures) > 1:
        raise RefusedError(f"The environments run on {' and '.join(sorted(architectures))}: say for which one to build with --for ENV.")
    image = f"{NAME}:{version}"
    labels = {"VERSION": version, "REVISION": _git("describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"), "SOURCE": _source()}
    arguments = [f"--build-arg={key}={value}" for key, value in labels.items()]
    _docker("build", f"--platform={PLATFORMS[architectures.pop()]}", f"--tag={image}", *arguments, *options, str(HERE))
    print(image, flush=True)
    print(f"Next: python -m ci image push {name or 'ENV'} {version}", file=sys.stderr)


def _push(name: str, version: str) -> None:
    """Print the digest."""
    environment = _environment(name)
    if arn := environment.service.image_repository_arn:
        raise RefusedError(f"{name} takes its images from {arn}: push to the environment that this repository belongs to.")
    image = f"{NAME}:{version}"
    _check_platform(image, environment)
    region = f"--region={environment.region}"
    # Whatever the partition and account, ECR says where the registry is.
    endpoint = ["aws", "ecr", "get-authorization-token", region, "--query=authorizationData[0].proxyEndpoint", "--output=text"]
    registry = _output(endpoint).removeprefix("https://")
    # By stdin: others on this machine can read a process's arguments.
    _docker("login", "--username=AWS", "--password-stdin", registry, given=_output(["aws", "ecr", "get-login-password", region]))
    repository = f"{registry}/{names.repository(environment)}"
    remote = f"{repository}:{version}"
    if manifest := _manifest(remote):
        # By what an image is known to the engine: its configuration's digest, or its manifest's where containerd keeps the images.
        if _output(["docker", "image", "inspect", "--format={{.Id}}", image]) not in manifest:
            raise RefusedError(f"{remote} exists already, and a version never changes: build the next version.")
        # A pipeline that is run again goes on; the pull is for the digest.
        print(f"{remote} is this image already.", file=sys.stderr)
        _docker("pull", "--quiet", remote)
    else:
        _docker("tag", image, remote)
        _docker("push", remote)
    digests = _output(["docker", "image", "inspect", "--format={{range .RepoDigests}}{{println .}}{{end}}", remote]).split()
    print(next(digest for digest in digests if digest.startswith(f"{repository}@")).partition("@")[2], flush=True)
    print(f"Next: python -m ci deploy {name} --image {version}", file=sys.stderr)


def _environment(name: str) -> Environment:
    return settings_file.load(SETTINGS / f"{name}.toml")


def _check_platform(image: str, environment: Environment) -> None:
    """A task on the other processor would never start."""
    inspected = _quietly(["docker", "image", "inspect", "--format={{.Os}}/{{.Architecture}}", image])
    if inspected.returncode:
        if "No such image" in inspected.stderr:
            raise RefusedError(f"There is no image {image} on this machine. Next: python -m ci image build {image.partition(':')[2]}")
        print(inspected.stderr, file=sys.stderr)
        inspected.check_returncode()
    built, wanted = inspected.stdout.strip(), PLATFORMS[environment.service.architecture]
    if built != wanted:
        raise RefusedError(
            f"{image} is built for {built}, and {environment.name} runs on {wanted}: build it with --for {environment.name}."
        )


def _manifest(remote: str) -> str:
    """The registry's, with its digest; nothing where it has no such image."""
    inspected = _quietly(["docker", "manifest", "inspect", "--verbose", remote])
    if inspected.returncode and "no such manifest" not in inspected.stderr:
        print(inspected.stderr, file=sys.stderr)
        inspected.check_returncode()
    return inspected.stdout


def _docker(*arguments: str, given: str = "") -> None:
    """Run it where its progress can be seen."""
    # The engine's own builder where there is no buildx.
    environment = os.environ | {"DOCKER_BUILDKIT": "1"}
    subprocess.run(["docker", *arguments], input=given, text=True, check=True, stdout=sys.stderr, env=environment)


def _output(command: Sequence[str]) -> str:
    """What it prints; its errors can be seen."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _quietly(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _git(*arguments: str) -> str:
    """What git says, where there is a repository."""
    return _quietly(["git", "-C", str(HERE), *arguments]).stdout.strip() or "unknown"


def _source() -> str:
    """The repository's address, without a login that may be in it."""
    return re.sub(r"//[^@/]*@", "//", _git("remote", "get-url", "origin"))
