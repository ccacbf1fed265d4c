"""The demo, run by a machine: its tour is typed as it is printed, and looked at as a user sees it, and as an operator does."""

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from local.demo import ACCOUNT, Demo
from local.postgres import free_port
from local.region import DOCKER
from local.seed import seed
from local.tour import Step, deployment, steps
from local.watch import Watch
from tests.deployment.account import Account
from tests.deployment.dev import STACK
from tests.image.base import DOCKERFILE, python_image
from tests.image.engine import Engine
from tests.journey.transcript import Step as Said
from tests.journey.transcript import Transcript

BOOKS = 500


class Journey:
    """The reader of the demo, who writes down what is said."""

    def __init__(self, demo: Demo, folder: Path) -> None:
        self.demo = demo
        self.account = Account(demo.variables["AWS_ENDPOINT_URL"], ACCOUNT, folder)
        self.transcript = Transcript(demo.project)
        # Both streams in their order, as on a terminal.
        self.environment = demo.environment | {"PYTHONUNBUFFERED": "1"}

    def take(self, step: Step) -> dict[str, str]:
        """Type its commands; what each said."""
        self.transcript.parts.append(step.title)
        return {command: self.run(command, fails=command in step.failing) for command in step.commands}

    def run(self, command: str, *, fails: bool = False) -> str:
        """What it says."""
        said = self.type(command)
        assert bool(said.status) == fails, f"{command}: {said.said}"
        self.transcript.parts.append(said)
        return said.said

    def type(self, command: str) -> Said:
        """Without writing it down."""
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.demo.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return Said(command, done.stdout, done.returncode)

    def refused(self, command: str) -> str:
        """What a command says that changes nothing."""
        said = self.type(command)
        assert said.status == 2, said
        return said.said

    def ask(self, path: str = "", method: str = "GET") -> requests.Response:
        """As a browser does."""
        return requests.request(method, f"{self.demo.url}{path}", timeout=30)

    def digest(self, version: str) -> str:
        """What the registry has."""
        images = self.account.client("ecr").describe_images(repositoryName=STACK, imageIds=[{"imageTag": version}])["imageDetails"]
        digest: str = images[0]["imageDigest"]
        return digest

    def service(self) -> dict[str, Any]:
        """As ECS describes it."""
        ecs = self.account.client("ecs")
        [cluster] = ecs.list_clusters()["clusterArns"]
        [service] = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])["services"]
        found: dict[str, Any] = service
        return found

    def count_books(self, identifier: str) -> int:
        """In a database, past the service."""
        lines = (self.demo.folder / "databases" / identifier / "postmaster.pid").read_text().splitlines()
        connection = psycopg2.connect(host=lines[4], port=lines[3], user="postgres", dbname="awsome_books")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM catalogue_book")
                [(count,)] = cursor.fetchall()
                return int(count)
        finally:
            connection.close()


class Users:
    """Those who ask meanwhile: what the demo tells of them."""

    def __init__(self, demo: Demo) -> None:
        self.lines: list[str] = []
        self._watch = Watch(demo, self.lines.append)

    def __enter__(self) -> Sequence[str]:
        return self.lines

    def __exit__(self, *_: object) -> None:
        # The last answers are told, too.
        threading.Event().wait(3)
        self._watch.stop()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine | None]:
    """One of our own, with nothing but the base image; None where this user cannot start one, and none answers."""
    try:
        engine = Engine({})
    except pytest.skip.Exception:
        yield None
        return
    try:
        # The one that the Dockerfile names, also where it is a stand-in.
        [base] = re.findall(r"^ARG PYTHON_IMAGE=(\S+)", DOCKERFILE.read_text(), re.MULTILINE)
        engine.docker("tag", python_image(engine), base)
        yield engine
    finally:
        engine.stop()


@pytest.fixture
def journey(engine: Engine | None, tmp_path: Path) -> Iterator[Journey]:
    """In containers where there is an engine, else in processes."""
    (tmp_path / "user").mkdir()
    with Demo(tmp_path / "demo", free_port(), **({"outer": engine.env} if engine else {})) as demo:
        assert (demo.engine == DOCKER) == (engine is not None)
        yield Journey(demo, tmp_path / "user")


def test_the_tour(journey: Journey, engine: Engine | None) -> None:
    before = journey.account.inventory()
    deploy(journey)
    if engine:
        look_into_containers(engine)
    look_around, settings, release, broken, primary, restore, destroy = steps(journey.demo)
    assert "by version 1.0.0  https://" in journey.take(look_around)["python -m ci smoke dev"]
    change(journey, settings)
    replace(journey, release)
    hold(journey, broken)
    roll_back(journey)
    refuse(journey)
    lose(journey, primary)
    restore_beside(journey, restore)
    leave(journey, destroy, before, engine)
    journey.transcript.check()


def deploy(journey: Journey) -> None:
    """For the first time."""
    for step in deployment(journey.demo):
        said = journey.take(step)
    seed(journey.demo)
    [address] = [line for line in said["python -m ci deploy dev --image 1.0.0"].splitlines() if line.startswith("https://")]
    assert address == journey.account.stack(STACK)["Outputs"]["ApiUrl"]
    assert journey.account.stack(STACK)["Parameters"]["ImageDigest"] == journey.digest("1.0.0")
    # The gateway passes what everybody may, and tells the service the name that it was asked by.
    assert journey.ask().json()["links"]["books"] == f"{journey.demo.url}books"
    assert "swagger" in journey.ask("docs").text
    assert journey.ask("books", "POST").status_code == 401
    assert journey.ask("nowhere").status_code == 404
    assert journey.count_books(STACK) == BOOKS


def look_into_containers(engine: Engine) -> None:
    """As the task definition says: nothing to write to, and nobody to be."""
    [name] = [each for each in engine.docker("ps", "--format={{.Names}}").split() if each.startswith("app-")]
    [app] = json.loads(engine.docker("inspect", name))
    assert app["Config"]["User"] == "10001:10001"
    assert app["HostConfig"]["ReadonlyRootfs"]


def change(journey: Journey, step: Step) -> None:
    """Preview says what comes, and that comes."""
    before = journey.account.events(STACK)
    said = journey.take(step)
    assert "MultiAZ: false → true" in said["python -m ci preview dev --against live"]
    assert before != journey.account.events(STACK)
    [database] = journey.account.client("rds").describe_db_instances()["DBInstances"]
    assert database["MultiAZ"]
    assert journey.service()["deploymentConfiguration"]["strategy"] == "LINEAR"


def replace(journey: Journey, step: Step) -> None:
    """Step by step, and nobody is left without an answer."""
    with Users(journey.demo) as told:
        journey.take(step)
    assert not [line for line in told if "no answer" in line], told
    assert any("version 1.0.0" in line and "version 1.1.0" in line for line in told), told
    assert re.search(r"blue 0  green 100$", told[-1]), told
    assert journey.ask().json()["message"] == "Welcome back to AWSome Books."
    assert journey.run("git tag --points-at HEAD") == "v1.1.0\n"


def hold(journey: Journey, step: Step) -> None:
    """The cause is told, and users notice nothing."""
    with Users(journey.demo) as told:
        said = journey.take(step)["python -m ci deploy dev --image 1.2.0"]
    assert 'column "shelf" of relation "catalogue_book" contains null values' in said
    assert re.search(r"The deployment of the service was stopped, and ECS rolls it back: \d+ tasks failed", said)
    assert "Nothing has changed for users." in said
    assert {line.partition("x ")[2].split("  ")[0] for line in told} == {"version 1.1.0"}, told
    assert journey.account.stack(STACK)["Parameters"]["ImageDigest"] == journey.digest("1.1.0")


def roll_back(journey: Journey) -> None:
    """The first version answers again; what was written stays."""
    assert journey.type("python -m ci rollback dev 1.0.0").status == 0
    assert "by version 1.0.0  https://" in journey.type("python -m ci smoke dev").said
    assert journey.account.stack(STACK)["Parameters"]["ImageDigest"] == journey.digest("1.0.0")
    assert journey.count_books(STACK) == BOOKS


def refuse(journey: Journey) -> None:
    """One sentence, and nothing has changed."""
    events = journey.account.events(STACK)
    [there_is_none] = journey.refused("python -m ci rollback dev v9.9.9").splitlines()
    assert there_is_none.startswith("There is no image 9.9.9 in awsome-books-dev: push it with ")
    assert there_is_none.endswith(" or name one of these: 1.0.0, 1.1.0, 1.2.0.")
    assert "There is no image v9.9.9" in journey.refused("python -m ci deploy dev --image v9.9.9")
    for verb in ("rollback dev v1.0", "deploy dev --image v1.0", "release v1.0 dev"):
        assert journey.refused(f"python -m ci {verb}").startswith("v1.0 is ")
    digest = journey.digest("1.0.0")
    options = " --network=host" if journey.demo.engine == DOCKER else ""
    assert journey.type(f"python -m ci image build 1.0.0 --for dev{options}").status == 0
    assert "1.0.0 exists already, and a version never changes" in journey.refused("python -m ci image push dev 1.0.0")
    assert journey.digest("1.0.0") == digest
    assert "nothing was destroyed" in journey.refused("echo yes | python -m ci destroy dev")
    assert journey.account.events(STACK) == events


def lose(journey: Journey, step: Step) -> None:
    """Seconds later all is there again, on another server."""
    pid = journey.demo.folder / "databases" / STACK / "postmaster.pid"
    before = pid.read_text()
    journey.take(step)
    assert pid.read_text() != before
    assert journey.count_books(STACK) == BOOKS
    assert journey.ask("books?limit=1").status_code == 200


def restore_beside(journey: Journey, step: Step) -> None:
    """With all books."""
    journey.transcript.parts.append(step.title)
    for command in step.commands:
        said = journey.run(command)
        if "--to latest" in command:
            [name] = re.findall(r"^instance (\S+)$", said, re.MULTILINE)
            assert journey.count_books(name) == BOOKS
    [left] = journey.account.client("rds").describe_db_instances()["DBInstances"]
    assert left["DBInstanceIdentifier"] == STACK


def leave(journey: Journey, step: Step, before: set[str], engine: Engine | None) -> None:
    """Nothing is left but a snapshot, and what serves the account's other environments too."""
    said = journey.take(step)
    assert "awsome-books-dev-snapshot-" in said[step.commands[-1]]
    assert "awsome-books-dev-snapshot-" in journey.type("python -m ci restore dev").said
    left = journey.account.inventory() - before
    # RDS leaves the log groups of an instance that is deleted by hand.
    shared = ("awsome-books-account", "AWSServiceRole", f"/aws/rds/instance/{STACK}-at-")
    assert {item for item in left if not any(name in item for name in shared)} == set()
    assert journey.type("python -m ci status dev").status == 2
    assert not list((journey.demo.folder / "databases").iterdir())
    if engine:
        assert engine.docker("ps", "--all", "--format={{.Names}}") == ""


def test_without_an_engine(engine: Engine | None, tmp_path: Path) -> None:
    """Where there is an engine, processes are seen to do as well: a deployment, and its end."""
    if engine is None:
        pytest.skip("the tour has run in processes")
    (tmp_path / "user").mkdir()
    with Demo(tmp_path / "demo", free_port(), {"PATH": "/usr/bin:/bin", "DOCKER_HOST": "unix:///nowhere"}) as demo:
        journey = Journey(demo, tmp_path / "user")
        assert demo.engine != DOCKER
        for step in deployment(demo):
            journey.take(step)
        assert journey.ask().json()["version"] == "1.0.0"
        # Who starts it may be killed: the region ends by itself.
        started = time.monotonic()
    assert time.monotonic() - started < 60
    with pytest.raises(requests.ConnectionError):
        journey.ask()
