"""What is in the image, what is not, and what a change costs."""

import json
import re
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.image.conftest import ROOT, SECRET, VERSION, Build
from tests.image.engine import Engine

MB = 1_000_000
MAX_UNPACKED = 180 * MB
MAX_COMPRESSED = 70 * MB
ABSENT = re.compile(
    r".*/(pip|pip-[^/]*|setuptools|wheel|ensurepip|tests|serve\.py|Dockerfile|\.git|\.cache|[^/]*\.(mo|a|map))"
    r"|.*/s?bin/(pip[0-9.]*|apt[^/]*|gcc|cc|c\+\+|g\+\+|ld|as|make|git|perl|curl|wget)"
)

Record = Callable[[str, object], None]


def test_hadolint_finds_nothing() -> None:
    subprocess.run([Path(sys.executable).with_name("hadolint"), "--failure-threshold=style", ROOT / "Dockerfile"], check=True)


def test_nothing_is_in_it_but_the_service(engine: Engine, build: Build) -> None:
    """What is in the last stage as root sees it, for it may look everywhere."""
    files = engine.docker("run", "--rm", "--network=none", "--user=0", build.name, "find", "/", "-xdev").splitlines()
    assert "/app/books_api/manage.py" in files
    assert [file for file in files if ABSENT.fullmatch(file)] == []
    raising = ["find", "/", "-xdev", "-type", "f", "-perm", "/6000"]
    assert engine.docker("run", "--rm", "--network=none", "--user=0", build.name, *raising) == ""
    certificates = engine.docker("run", "--rm", "--network=none", build.name, "grep", "-c", "BEGIN CERT", "books_api/runtime/rds-ca.pem")
    assert int(certificates) > 60, "RDS's authorities of all regions"


def test_a_start_finds_its_bytecode(engine: Engine, build: Build) -> None:
    """Compiling would take most of a small task's start."""
    database = [f"--env=DATABASE_{name}=-" for name in ("HOST", "PORT", "NAME", "SECRET_ARN")]
    run = ["run", "--rm", "--network=none", "--env=PYTHONVERBOSE=1", *database, build.name]
    for command in ("books_api/manage.py check", "-m gunicorn --check-config --config books_api/gunicorn.conf.py"):
        said = engine.docker(*run, "python", *command.split(), check=False)
        assert "matches /app/books_api/urls.py" in said or "matches /app/books_api/wsgi.py" in said
        compiled = re.findall(r"code object from '?(/\S+\.py)'?$", said, re.MULTILINE)
        assert compiled == []


def test_it_says_what_it_is(engine: Engine, build: Build) -> None:
    config = json.loads(engine.docker("image", "inspect", "--format={{json .Config}}", build.name))
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", labels["revision"])
    assert labels["version"] == VERSION
    assert "@" not in labels["source"]
    assert config["User"] == "10001:10001"
    assert sorted(config["Volumes"]) == ["/managed-agents", "/tmp", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"]
    variables = dict(variable.split("=", 1) for variable in config["Env"])
    assert variables.pop("SERVICE_VERSION") == VERSION
    assert set(variables) == {"PATH", "LANG", "PYTHONUNBUFFERED", "PYTHONPYCACHEPREFIX"}


def test_it_is_small_and_keeps_no_secret_of_its_build(
    engine: Engine, build: Build, record_property: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SECRET not in engine.docker("history", "--no-trunc", build.name)
    compressed, secrets, before = 0, 0, b""
    gzip = zlib.compressobj(6)
    with subprocess.Popen(["docker", "save", build.name], env=engine.env, stdout=subprocess.PIPE) as saving:
        assert saving.stdout
        while piece := saving.stdout.read(1 << 20):
            compressed += len(gzip.compress(piece))
            secrets += SECRET.encode() in before[-len(SECRET) :] + piece
            before = piece
    compressed += len(gzip.flush())
    unpacked = int(engine.docker("image", "inspect", "--format={{.Size}}", build.name))
    record_property("bytes", {"compressed": compressed, "unpacked": unpacked})
    with capsys.disabled():
        print(f"\n{compressed / MB:.1f} MB compressed, {unpacked / MB:.1f} MB unpacked; built in {build.seconds:.1f} s")
    assert compressed <= MAX_COMPRESSED
    assert unpacked <= MAX_UNPACKED
    assert secrets == 0


def test_a_change_of_code_rebuilds_one_layer(
    engine: Engine, build: Build, tmp_path: Path, record_property: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Dockerfile", ".dockerignore"):
        shutil.copy2(ROOT / name, tmp_path / name)
    for name in ("requirements", "books_api"):
        shutil.copytree(ROOT / name, tmp_path / name)
    with (tmp_path / "books_api" / "urls.py").open("a") as code:
        code.write("\nCHANGED = True\n")
    started = time.monotonic()
    log = engine.run("docker", "build", "--tag=changed", *build.options, str(tmp_path), DOCKER_BUILDKIT="1").stderr
    seconds = time.monotonic() - started
    record_property("seconds after a change of code", seconds)
    with capsys.disabled():
        print(f"\nbuilt in {seconds:.1f} s after a change of code")
    steps = re.findall(r"^(#\d+) \[(?:dependencies|system) \d+/\d+\] (?:RUN|COPY)", log, re.MULTILINE)
    assert steps
    assert [step for step in steps if f"\n{step} CACHED" not in log] == []
    before, after = (
        json.loads(engine.docker("image", "inspect", "--format={{json .RootFS.Layers}}", name)) for name in (build.name, "changed")
    )
    system, dependencies, code_layer, *_ = before
    assert after[:2] == [system, dependencies]
    assert after[2] != code_layer
