"""The side that a new rendering is compared with: what was committed, a folder, or what is deployed."""

import io
import subprocess
import tarfile
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ci.changes import live
from ci.model import Deployment, UnusableInputError, load
from ci.model.deployment import SUFFIX, decoded
from templates.settings import Environment

HERE = Path(__file__).parents[2]


class Before(NamedTuple):
    """The old deployment (without a resource where nothing was deployed), how a report calls it, and what only AWS knows of it."""

    deployment: Deployment
    title: str
    green_is_live: bool = False


def before(against: str, environment: Environment) -> Before:
    """Read the old side; raises UnusableInputError."""
    if against == "live":
        return standing(environment, tuple(live.STACKS))
    if Path(against).is_dir():
        folder = Path(against) / environment.name
        return Before(_usable(load(folder, environment), str(folder)), str(folder))
    templates, region = _committed(against, environment)
    environment = msgspec.structs.replace(environment, region=region)
    title = f"output/{environment.name} at {against}" if templates else f"nothing: {against} has no output/{environment.name}"
    return Before(_usable(Deployment(templates, environment), title), title)


def standing(environment: Environment, stacks: Collection[str]) -> Before:
    """What is deployed of these stacks, by their templates' names; raises UnusableInputError."""
    found = live.deployed(environment, stacks)
    return Before(_usable(Deployment(found.templates, environment), "what is deployed"), found.title, found.green_is_live)


def _usable(deployment: Deployment, title: str) -> Deployment:
    if deployment.problems:
        where, sentence = deployment.problems[0]
        raise UnusableInputError(f"{title}: {getattr(where, 'label', where)}: {sentence} Nothing can be said of what is not understood.")
    return deployment


def _committed(ref: str, environment: Environment) -> tuple[dict[str, dict[str, Any]], str]:
    """The templates of that commit, and the region that its settings named: templates do not say it."""
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").decode().strip()
    if not commit:
        raise UnusableInputError(f"{ref} is neither a commit of this repository, nor a folder, nor live; name one of these.")
    archive = _git("archive", "--format=tar", commit, f"output/{environment.name}")
    if not archive:
        return {}, environment.region
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content and member.name.endswith(SUFFIX):
                found[Path(member.name).name.removesuffix(SUFFIX)] = decoded(content.read(), f"{ref}:{member.name}")
    settings = tomllib.loads(_git("show", f"{commit}:environments/{environment.name}.toml").decode())
    return found, str(settings.get("region", environment.region))


def _git(*arguments: str) -> bytes:
    """What git prints; nothing where it fails."""
    try:
        return subprocess.run(["git", "-C", str(HERE), *arguments], capture_output=True, check=False).stdout  # noqa: S603, S607 no shell, and whose git it is, is the user's choice
    except OSError as error:
        raise UnusableInputError(f"git cannot be started: {error}; install it, or compare with a folder.") from None
