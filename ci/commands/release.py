"""Makes a version: builds the image of a commit, tags the commit, and pushes the image to the registries of environments."""

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ci.deployed import docker, verb
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.image import repository, version
from ci.deployed.verb import say
from ci.project import HERE

EPILOG = """\
examples:
  python -m ci release 1.2.0 staging prod                                   then: python -m ci deploy staging --image 1.2.0
  python -m ci release 1.2.0 staging prod --secret=id=pip,src=pip.conf      from a mirror; what release does not know goes to docker build

exit status: 0 done; 1 git, docker or AWS failed, and said why; 2 refused: nothing was tagged, built or pushed
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m ci release",
        description="Build the image, tag the commit, push the image. The tag stays here until it is pushed with git.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("version", metavar="VERSION", help="such as 1.2.0")
    parser.add_argument("environments", metavar="ENV", nargs="+", help="whose registries get it")
    options, rest = parser.parse_known_args(arguments)

    @verb.told()
    def act() -> int:
        return _release(version(options.version), [Deployed(name, HERE) for name in options.environments], rest)

    return verb.ended(act)


def _release(wanted: str, environments: Sequence[Deployed], options: Sequence[str]) -> int:
    name, first = f"v{wanted}", environments[0]
    untagged = look(HERE, name)
    _look(environments, wanted)
    with verb.begun():
        docker.build(wanted, first.name, options)
        # Not before: a version whose image cannot be built is free for the next commit. Not later: what is in a registry is a commit.
        if untagged:
            tag(HERE, name, untagged)
        for each in environments:
            docker.push(each, wanted)
    say(f"Next: python -m ci deploy {first.name} --image {wanted}")
    return 0


def _look(environments: Sequence[Deployed], wanted: str) -> None:
    """What would be in the way once the first registry has the image; raises RefusedError."""
    if len({each.settings.service.architecture for each in environments}) > 1:
        apart = ", then ".join(f"python -m ci release {wanted} {each.name}" for each in environments)
        raise RefusedError(f"{' and '.join(each.name for each in environments)} do not run on the same processor: {apart}.")
    docker.refuse_without_engine()
    for each in environments:
        docker.refuse_foreign(each)
        ecr, where = each.client("ecr"), repository(each)
        try:
            ecr.describe_images(**where, maxResults=1)
        except ecr.exceptions.RepositoryNotFoundException:
            raise RefusedError(
                f"There is no registry {where['repositoryName']} yet. Next: python -m ci deploy {each.name} --image {wanted}, "
                "which makes it and asks for the image, then again."
            ) from None


def look(project: Path, name: str) -> str | None:
    """The commit that is to be tagged, None where it is tagged so already; raises RefusedError where that would be a lie."""
    if _git(project, "status", "--porcelain"):
        raise RefusedError("There are changes that are not committed, and a version must be a commit: commit or stash them.")
    here = _git(project, "rev-parse", "HEAD")
    if not _git(project, "tag", "--list", name):
        return here
    there = _git(project, "rev-parse", f"{name}^{{commit}}")
    if there != here:
        raise RefusedError(f"{name} is the commit {there[:12]} already, and a version never changes: release the next version.")
    return None


def tag(project: Path, name: str, commit: str) -> None:
    """Tag the commit; raises RefusedError."""
    _git(project, "tag", name, commit)
    say(f"Tagged {commit[:12]} as {name}. To publish it: git push origin {name}")


def _git(project: Path, *arguments: str) -> str:
    """What git says; raises RefusedError with it where it fails."""
    try:
        asked = subprocess.run(["git", "-C", str(project), *arguments], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        raise RefusedError("There is no git on this machine: install it, or add its folder to PATH.") from None
    if asked.returncode:
        raise RefusedError(f"git {arguments[0]} failed in {project}: {asked.stderr.strip()}")
    return asked.stdout.strip()
