"""The image's base: Python's, or where no registry is reachable one made of Debian's packages. Both have Python 3.13 on Debian 13."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.image.engine import INSTALL, Engine, missing

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"
STAND_IN = "stand-in:python-3.13"
# Kept for the next run.
CACHE = Path(tempfile.gettempdir()) / "books-stand-in-python-3.13.tar"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def python_image(engine: Engine) -> str:
    """The name of an image that is there."""
    declared = re.search(r"^ARG PYTHON_IMAGE=(\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    assert declared
    if engine.run("docker", "pull", "--quiet", declared[1], check=False).returncode == 0:
        return declared[1]
    if not CACHE.exists():
        _make()
    engine.docker("import", str(CACHE), STAND_IN)
    return STAND_IN


def _make() -> None:
    if lacking := missing("mmdebstrap"):
        pytest.skip(f"no registry is reachable, and a stand-in for Python's image takes {lacking[0]}: {INSTALL}")
    part = CACHE.with_suffix(f".{os.getpid()}")
    # What Debian's slim images leave out, and where Python's have their interpreter.
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "locale", "man")]
    hooks = ['ln -s /usr/bin/python3 "$1/usr/local/bin/python"', f'cp {AUTHORITIES} "$1{AUTHORITIES}"']
    packages = "--include=python3,python3-venv,ca-certificates"
    command = ["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", packages, *left_out]
    command += [f"--customize-hook={hook}" for hook in hooks]
    subprocess.run([*command, "trixie", str(part), "http://deb.debian.org/debian"], check=True)
    part.rename(CACHE)
