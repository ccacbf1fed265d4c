"""The side that a new rendering is compared with: what was committed, a folder, or what is deployed."""

import io
import subprocess
import tarfile
import tomllib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ci.changes import live
from ci.changes.known import Known, OtherStacks
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
    known: Known = Known()
    # What has to be known first.
    notice: str = ""
    # Other sets of stacks, which stay as they are.
    others: tuple[OtherStacks, ...] = ()


def before(against: str, environment: Environment, present: Collection[str] = ()) -> Before:
    """Read the old side; raises UnusableInputError. `present` are all environments of the new side: one that is gone stays deployed."""
    if against == "live":
        return standing(environment, tuple(live.STACKS))
    return _of_folder(against, environment, present) if Path(against).is_dir() else _of_commit(against, environment, present)


def _of_folder(against: str, environment: Environment, present: Collection[str]) -> Before:
    folder = Path(against)
    others = environments(folder)
    if environment.name not in others:
        left = _left(environment, set(others) - set(present), lambda other: load(folder / other.name, other))
        return Before(Deployment({}, environment), f"nothing: {against} has no {environment.name}", others=left)
    old = load(folder / environment.name, environment)
    settings = folder.parent / "environments" / f"{environment.name}.toml"
    if settings.exists() and (apart := _apart(settings.read_bytes(), against, environment, old)):
        return apart
    return Before(_usable(old, str(folder / environment.name)), str(folder / environment.name))


def _of_commit(against: str, environment: Environment, present: Collection[str]) -> Before:
    commit = _commit(against)
    old = Deployment(_committed(commit, against, environment), environment)
    if not old.templates:
        gone = _rendered(commit) - set(present)
        left = _left(environment, gone, lambda other: Deployment(_committed(commit, against, other), other))
        return Before(old, f"nothing: {against} has no output/{environment.name}", others=left)
    if apart := _apart(_git("show", f"{commit}:environments/{environment.name}.toml"), against, environment, old):
        return apart
    title = f"output/{environment.name} at {against}"
    return Before(_usable(old, title), title)


def _left(environment: Environment, names_gone: Collection[str], read: Callable[[Environment], Deployment]) -> tuple[OtherStacks, ...]:
    """The environments that have no templates any more, where a new one is there: what was called so is deployed, and stays."""
    others = [msgspec.structs.replace(environment, name=name) for name in sorted(names_gone)]
    deployments = [(read(other), other) for other in others]
    return tuple(OtherStacks(found, names.stack(other), same_region=True) for found, other in deployments if not found.problems)


def _rendered(commit: str) -> set[str]:
    return {Path(name).name for name in _git("ls-tree", "--name-only", commit, "output/").decode().split()}


def gone(against: str, present: Collection[str]) -> Iterator[str]:
    """A sentence for each environment that stood on the other side, and has no rendered templates any more."""
    if against == "live":
        return
    stood = set(environments(Path(against))) if Path(against).is_dir() else _rendered(_commit(against))
    for name in sorted(stood - set(present)):
        yield (
            f"{name} was there in {against}, and is here no more. Where it was deployed, its stacks still run, and cost. To remove them, "
            f"bring environments/{name}.toml and output/{name} back, and run python -m ci destroy {name}; then delete both."
        )


def _apart(settings: bytes, against: str, environment: Environment, old: Deployment) -> Before | None:
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
    other = msgspec.structs.replace(environment, project=project, region=region)
    stack = names.stack(other)
    notice = (
        f"Another project or region makes a second set of stacks. {stack} in {region}, if it is deployed, stays as it is, with its data, "
        f"and costs as before; with the settings of {against}, python -m ci destroy {environment.name} removes it."
    )
    deployed = Deployment({name: template.raw for name, template in old.templates.items()}, other)
    beside = OtherStacks(deployed, stack, same_region=region == environment.region)
    return Before(Deployment({}, environment), f"nothing: in {against} it is {stack} in {region}", notice=notice, others=(beside,))


def standing(environment: Environment, stacks: Collection[str]) -> Before:
    """What is deployed of these stacks, by their templates' names; raises UnusableInputError."""
    found = live.deployed(environment, stacks)
    return Before(_usable(Deployment(found.templates, environment), "what is deployed"), found.title, found.known, found.notice)


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
