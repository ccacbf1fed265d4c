"""Makes a version: tags the commit, builds the image and pushes it to the registries of the environments that are named."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ci import image
from ci.deployed.image import VERSION
from templates import settings_file
from templates.errors import SettingsError

HERE = Path(__file__).parents[1]
EPILOG = """\
examples:
  python -m ci release 1.2.0 staging prod                                   then: python -m ci deploy staging --image 1.2.0
  python -m ci release 1.2.0 staging prod --secret=id=pip,src=pip.conf      from a mirror; what release does not know goes to docker build

exit status: 0 done; 1 git, docker or aws failed, and said why; 2 refused: nothing was tagged, built or pushed
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m ci release",
        description="Tag the commit, build the image, push it. The tag stays here until it is pushed with git.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("version", metavar="VERSION", help="such as 1.2.0")
    parser.add_argument("environments", metavar="ENV", nargs="+", help="whose registries get it")
    options, rest = parser.parse_known_args(arguments)
    if refusal := _missing(options.environments) or tag(HERE, options.version):
        print(refusal, file=sys.stderr)
        return 2
    # By the first one's processor; push refuses where another one's is not the same.
    steps = [["build", options.version, "--for", options.environments[0], *rest]]
    steps += [["push", name, options.version] for name in options.environments]
    for step in steps:
        if status := image.main(step):
            return status
    if len(options.environments) > 1:
        # The last push named the last one.
        print(f"Next: python -m ci deploy {options.environments[0]} --image {options.version}", file=sys.stderr)
    return 0


def _missing(environments: Sequence[str]) -> str | None:
    """A refusal, before anything is tagged."""
    try:
        for name in environments:
            settings_file.load(HERE / "environments" / f"{name}.toml")
    except SettingsError as refusal:
        return str(refusal)
    return None


def tag(project: Path, version: str) -> str | None:
    """Tag the commit as vX.Y.Z, where it is not so already; a refusal where that would be a lie."""
    match = VERSION.fullmatch(version)
    if match is None or match[0] != match[1]:
        return f"{version} is no version: give three numbers such as 1.2.0."
    if _git(project, "status", "--porcelain"):
        return "There are changes that are not committed, and a version must be a commit: commit them, or put them aside with git stash."
    name, here = f"v{version}", _git(project, "rev-parse", "HEAD")
    there = _git(project, "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
    if there and there != here:
        return f"{name} is the commit {there[:12]} already, and a version never changes: release the next version."
    if not there:
        _git(project, "tag", name)
        print(f"Tagged {here[:12]} as {name}. To publish it: git push origin {name}", file=sys.stderr)
    return None


def _git(project: Path, *arguments: str) -> str:
    """What git says; nothing where it fails."""
    return subprocess.run(["git", "-C", str(project), *arguments], check=False, capture_output=True, text=True).stdout.strip()
