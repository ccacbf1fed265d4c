"""From an empty account to a running version, the next one, back again, and nothing left; as a user does it, and as one sees it."""

import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.deployment.account import Account
from tests.deployment.dev import BOOTSTRAP, ROOT, STACK
from tests.deployment.server import serve
from tests.image.aws import ACCOUNT, REGION, REGISTRY, REGISTRY_ADDRESS
from tests.image.base import DOCKERFILE, python_image
from tests.image.engine import Engine
from tests.image.registry import serve as serve_registry
from tests.journey.region import Region, running
from tests.journey.transcript import Step, Transcript
from tests.service.postgres import free_port
from tests.service.process import BOOK

ARCHITECTURE = "ARM64" if platform.machine() == "aarch64" else "X86_64"
# The engine has no network of its own.
OPTIONS = "--network=host"


class Journey:
    """Commands in a copy of the project, written down."""

    def __init__(self, engine: Engine, region: Region, account: Account, project: Path) -> None:
        self.engine, self.region, self.account, self.project = engine, region, account, project
        self.transcript = Transcript(project)
        self.environment = engine.env | {
            **{f"GIT_{role}_NAME": "Ada" for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")},
            "PATH": f"{account.folder}/bin:{Path(sys.executable).parent}:{engine.env['PATH']}",
            "HOME": str(account.folder),
            "TMPDIR": str(account.folder),
            "AWS_ENDPOINT_URL": account.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": account.number,
            "AWS_SECRET_ACCESS_KEY": "any",
            # Both streams in their order, as on a terminal.
            "PYTHONUNBUFFERED": "1",
        }

    def chapter(self, title: str) -> None:
        self.transcript.parts.append(title)

    def run(self, command: str, status: int = 0, given: str = "") -> str:
        """What it says."""
        inside = self.engine.inside(shlex.split(command), self.project)
        done = subprocess.run(
            inside, env=self.environment, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300
        )
        self.transcript.parts.append(Step(command, done.stdout, done.returncode))
        assert done.returncode == status, f"{command}: {done.stdout}"
        return done.stdout

    def edit(self, path: str, old: str, new: str) -> None:
        """As an editor does."""
        text = (self.project / path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (self.project / path).write_text(text.replace(old, new), encoding="utf-8")

    def ask(self, path: str = "", method: str = "GET") -> requests.Response:
        """Through the API; the smoke test shows that its name and its certificate lead there too."""
        host, _, stage = self.account.stack(STACK)["Outputs"]["ApiUrl"].removeprefix("https://").partition("/")
        return requests.request(method, f"{self.account.endpoint}/{stage}{path}", headers={"Host": host}, timeout=30)

    def digest(self, version: str) -> str:
        """What the registry has."""
        images = self.account.client("ecr").describe_images(repositoryName=STACK, imageIds=[{"imageTag": version}])["imageDetails"]
        digest: str = images[0]["imageDigest"]
        return digest

    def container(self, name: str = "app") -> dict[str, Any]:
        """Of the service's one task, as the engine describes it."""
        assert self.region.task
        [described] = json.loads(self.engine.docker("inspect", self.region.task.container(name)))
        found: dict[str, Any] = described
        return found

    def containers(self) -> list[str]:
        """All that there are."""
        return self.engine.docker("ps", "--all", "--format={{.Names}}").split()


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine({REGISTRY: REGISTRY_ADDRESS})
    engine.inside(())
    yield engine
    engine.stop()


@pytest.fixture
def journey(engine: Engine, tmp_path: Path) -> Iterator[Journey]:
    """An empty account, an empty registry, an engine with nothing but the base image, and the project in a folder."""
    port = free_port()
    (tmp_path / "registry").mkdir()
    (tmp_path / "user").mkdir()
    with serve_registry(engine, tmp_path / "registry"), running(engine, port) as (region, orders):
        command = engine.inside([sys.executable, "-m", "tests.journey.endpoint", str(port), orders], ROOT)
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), "SSL_CERT_FILE": engine.env["SSL_CERT_FILE"]}
        with serve(command, f"http://127.0.0.1:{port}", environment, tmp_path / "endpoint.log") as url:
            journey = Journey(engine, region, Account(url, ACCOUNT, tmp_path / "user"), project(tmp_path / "project"))
            # The one that the Dockerfile names, also where it is a stand-in.
            [base] = re.findall(r"^ARG PYTHON_IMAGE=(\S+)", DOCKERFILE.read_text(), re.MULTILINE)
            engine.docker("tag", python_image(engine), base)
            yield journey


def project(folder: Path) -> Path:
    """A copy, committed, whose environment is for this machine's processor."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    settings = folder / "environments" / "dev.toml"
    settings.write_text(settings.read_text().replace("[service]\n", f'[service]\narchitecture = "{ARCHITECTURE}"\n'))
    subprocess.run([sys.executable, "generate.py"], cwd=folder, check=True, capture_output=True)
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "The first version"]):
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)
    return folder


def assert_runs(journey: Journey, version: str, digest: str) -> None:
    """This version, and it alone: in the stack, in the engine, and through the API."""
    assert journey.account.stack(STACK)["Parameters"]["ImageDigest"] == digest
    assert journey.container()["Config"]["Image"] == f"{REGISTRY}/{STACK}@{digest}"
    assert len(journey.containers()) == 2
    assert f"SERVICE_VERSION={version}" in journey.container()["Config"]["Env"]
    assert f"by version {version}  https://" in journey.run("python -m ci smoke dev")
    assert re.search(rf"^image +{re.escape(version)} {digest}$", journey.run("python -m ci status dev"), re.MULTILINE)


def test_the_whole_way(journey: Journey) -> None:
    before = journey.account.inventory()
    first = prepare(journey)
    greeting = deploy(journey, first)
    release(journey)
    roll_back(journey, first, greeting)
    refuse(journey, first)
    destroy(journey, before)
    journey.transcript.check()


def prepare(journey: Journey) -> str:
    """Up to an image in the registry; its digest."""
    run = journey.run
    journey.chapter("An empty account")
    [remedy] = re.findall(r"-> (aws .*)", run("python -m ci preflight dev", status=1))
    run(remedy)
    assert "Nothing stops a deployment." in run("python -m ci preflight dev")

    journey.chapter("Build, bootstrap, push")
    run(f"python -m ci image build 0.1.0 --for dev {OPTIONS}")
    assert "There is no image 0.1.0 in awsome-books-dev" in run("python -m ci deploy dev --image 0.1.0", status=1)
    assert journey.account.stack(BOOTSTRAP)["StackStatus"] == "CREATE_COMPLETE"
    said = run("python -m ci image push dev 0.1.0")
    digest = journey.digest("0.1.0")
    assert f"\n{digest}\n" in said
    assert f"\n{digest}\n" in run("python -m ci image push dev 0.1.0")
    return digest


def deploy(journey: Journey, digest: str) -> str:
    """For the first time; the greeting."""
    journey.chapter("Deploy v0.1.0")
    said = journey.run("python -m ci deploy dev --image v0.1.0")
    address = journey.account.stack(STACK)["Outputs"]["ApiUrl"]
    assert said.splitlines()[-1] == address
    assert_runs(journey, "0.1.0", digest)
    # As the task definition says: migrated first, and nothing to write to.
    assert journey.container("migrate")["State"]["ExitCode"] == 0
    assert journey.container()["Config"]["User"] == "10001:10001"
    assert journey.container()["HostConfig"]["ReadonlyRootfs"]
    # The gateway passes what everybody may, and tells the service its public name.
    answer = journey.ask().json()
    assert answer["links"]["books"] == f"{address}books"
    assert journey.ask("books", "POST").status_code == 401
    # Behind it, as an editor whom the gateway let through.
    assert journey.region.task
    assert journey.region.task.request("POST", "/books", json=BOOK).status_code == 201
    greeting: str = answer["message"]
    return greeting


def release(journey: Journey) -> None:
    """The next version, of another commit."""
    journey.chapter("Release v0.2.0")
    journey.edit("books_api/catalogue/views.py", "Welcome to AWSome Books.", "Welcome back to AWSome Books.")
    journey.run("git commit --quiet --all --message 'Greet those who come again'")
    said = journey.run(f"python -m ci release 0.2.0 dev {OPTIONS}")
    digest = journey.digest("0.2.0")
    assert f"\n{digest}\n" in said
    assert journey.run("git tag --points-at HEAD") == "v0.2.0\n"
    journey.run("python -m ci deploy dev --image 0.2.0")
    assert_runs(journey, "0.2.0", digest)
    assert journey.ask().json()["message"] == "Welcome back to AWSome Books."


def roll_back(journey: Journey, digest: str, greeting: str) -> None:
    """The first version answers again; what was written stays."""
    journey.chapter("Roll back to v0.1.0")
    journey.run("python -m ci rollback dev 0.1.0")
    assert_runs(journey, "0.1.0", digest)
    assert journey.ask().json()["message"] == greeting
    assert [book["title"] for book in journey.ask("books").json()["results"]] == [BOOK["title"]]


def refuse(journey: Journey, digest: str) -> None:
    """One sentence, and nothing has changed."""
    run = journey.run
    journey.chapter("What is refused")
    events, container = journey.account.events(STACK), journey.container()["Id"]
    [there_is_none] = run("python -m ci rollback dev v9.9.9", status=2).splitlines()
    assert there_is_none.startswith("There is no image 9.9.9 in awsome-books-dev: push it with ")
    assert there_is_none.endswith(" or name one of these: 0.1.0, 0.2.0.")
    assert "stop     image         There is no image v9.9.9" in run("python -m ci deploy dev --image v9.9.9", status=2)
    for verb in ("rollback dev v1.0", "deploy dev --image v1.0", "release v1.0 dev"):
        assert run(f"python -m ci {verb}", status=2) == "v1.0 is no version: give three numbers such as 1.2.0.\n"
    journey.edit("books_api/catalogue/views.py", "Welcome back to AWSome Books.", "Another text.")
    run(f"python -m ci image build 0.1.0 --for dev {OPTIONS}")
    assert "0.1.0 exists already, and a version never changes" in run("python -m ci image push dev 0.1.0", status=2)
    assert journey.digest("0.1.0") == digest
    assert "nothing was destroyed" in run("python -m ci destroy dev", status=2, given="yes\n")
    assert journey.account.events(STACK) == events
    assert journey.container()["Id"] == container
    assert run("git tag") == "v0.2.0\n"


def destroy(journey: Journey, before: set[str]) -> None:
    """Nothing is left but what serves the account's other environments too; the endpoint keeps no snapshot and no pool."""
    journey.chapter("Destroy")
    journey.run("python -m ci destroy dev", given=f"{STACK}\n")
    assert journey.containers() == []
    left = journey.account.inventory() - before
    assert {item for item in left if "awsome-books-account" not in item and "AWSServiceRole" not in item} == set()
    journey.run("python -m ci status dev", status=2)
