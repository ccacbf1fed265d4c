"""The side that a new rendering is compared with: what was committed, a folder, or what is deployed."""

import io
import subprocess
import tarfile
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ci.changes import live
from ci.model import Deployment, UnusableInputError, environments, load
from ci.model.deployment import SUFFIX
from ci.model.reading import decoded
from ci.project import HERE
from templates import names
from templates.settings import Environment


class Before(NamedTuple):
    """The old deployment (without a resource where nothing was deployed), how a report calls it, and what only AWS knows of it."""

    deployment: Deployment
    title: str
    green_is_live: bool = False
    # What has to be known first.
    notice: str = ""


def before(against: str, environment: Environment) -> Before:
    """Read the old side; raises UnusableInputError."""
    if against == "live":
        return standing(environment, tuple(live.STACKS))
    if Path(against).is_dir():
        folder, settings = Path(against) / environment.name, Path(against).parent / "environments" / f"{environment.name}.toml"
        if settings.exists() and (apart := _apart(settings.read_bytes(), against, environment)):
            return apart
        return Before(_usable(load(folder, environment), str(folder)), str(folder))
    commit = _commit(against)
    templates = _committed(commit, against, environment)
    if not templates:
        return Before(Deployment({}, environment), f"nothing: {against} has no output/{environment.name}")
    if apart := _apart(_git("show", f"{commit}:environments/{environment.name}.toml"), against, environment):
        return apart
    title = f"output/{environment.name} at {against}"
    return Before(_usable(Deployment(templates, environment), title), title)


def gone(against: str, present: Collection[str]) -> Iterator[str]:
    """A sentence for each environment that stood on the other side, and has no rendered templates any more."""
    if against == "live":
        return
    if Path(against).is_dir():
        stood = set(environments(Path(against)))
    else:
        stood = {Path(name).name for name in _git("ls-tree", "--name-only", _commit(against), "output/").decode().split()}
    for name in sorted(stood - set(present)):
        yield (
            f"{name} was there in {against}, and is here no more. Where it was deployed, its stacks still run, and cost. To remove them, "
            f"bring environments/{name}.toml and output/{name} back, and run python -m ci destroy {name}; then delete both."
        )


def _apart(settings: bytes, against: str, environment: Environment) -> Before | None:
    """Where its settings name another project or region, the other side is another set of stacks."""
    try:
        table = tomllib.loads(settings.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnusableInputError(
            f"environments/{environment.name}.toml of {against} is not a TOML file that can be read: {error}."
        ) from None
    project, region = table.get("project", environment.project), table.get("region", environment.region)
    if (project, region) == (environment.project, environment.region):
        return None
    stack = names.stack(msgspec.structs.replace(environment, project=project))
    notice = (
        f"Another project or region makes a second set of stacks. {stack} in {region}, if it is deployed, stays as it is, with its data, "
        f"and costs as before; with the settings of {against}, python -m ci destroy {environment.name} removes it."
    )
    return Before(Deployment({}, environment), f"nothing: in {against} it is {stack} in {region}", notice=notice)


def standing(environment: Environment, stacks: Collection[str]) -> Before:
    """What is deployed of these stacks, by their templates' names; raises UnusableInputError."""
    found = live.deployed(environment, stacks)
    return Before(_usable(Deployment(found.templates, environment), "what is deployed"), found.title, found.green_is_live)


def _usable(deployment: Deployment, title: str) -> Deployment:
    if deployment.problems:
        where, sentence = deployment.problems[0]
        raise UnusableInputError(f"{title}: {getattr(where, 'label', where)}: {sentence} Nothing can be said of what is not understood.")
    return deployment


def _commit(ref: str) -> str:
    if not _git("rev-parse", "--git-dir"):
        raise UnusableInputError("This is no git repository: give --against DIR, a folder of rendered templates, or --against live.")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").decode().strip()
    if not commit:
        raise UnusableInputError(f"{ref} is neither a commit of this repository, nor a folder, nor live; name one of these.")
    return commit


def _committed(commit: str, ref: str, environment: Environment) -> dict[str, dict[str, Any]]:
    """The templates of that commit; none where it has none of this environment."""
    archive = _git("archive", "--format=tar", commit, f"output/{environment.name}")
    if not archive:
        return {}
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content and member.name.endswith(SUFFIX):
                found[Path(member.name).name.removesuffix(SUFFIX)] = decoded(content.read(), f"{ref}:{member.name}")
    return found


def _git(*arguments: str) -> bytes:
    """What git prints; nothing where it fails."""
    try:
        return subprocess.run(["git", "-C", str(HERE), *arguments], capture_output=True, check=False).stdout  # noqa: S603, S607 no shell, and whose git it is, is the user's choice
    except OSError as error:
        raise UnusableInputError(f"git cannot be started: {error}; install it, or compare with a folder.") from None
