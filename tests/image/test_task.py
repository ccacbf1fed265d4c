"""The image runs as the rendered task definition says, on a real PostgreSQL."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.image.aws import Endpoint
from tests.image.conftest import VERSION, Database, committed, new_database, rendered
from tests.image.task import Task, TaskStoppedError
from tests.service.process import BOOK
from tests.settings import environment

MakeTask = Callable[..., Task]
END_TO_END = {"encryption": "end_to_end", "certificate_domain": "books.example.org"}


@pytest.fixture(scope="module")
def running(make_task: MakeTask, endpoint: Endpoint) -> Iterator[Task]:
    """A task that answers."""
    with new_database(endpoint) as database, make_task(committed("prod"), database) as task:
        task.first_answer("/readyz")
        yield task


@pytest.mark.parametrize(
    "template",
    [
        pytest.param(committed("prod"), id="prod"),
        pytest.param(committed("dev"), id="dev"),
        pytest.param(rendered(environment(END_TO_END)), id="end_to_end"),
    ],
)
def test_a_task_migrates_the_database_and_then_answers(make_task: MakeTask, database: Database, template: dict[str, Any]) -> None:
    with make_task(template, database) as task:
        assert task.first_answer("/").json()["version"] == VERSION
        assert task.request("POST", "/books", json=BOOK).status_code == 201
        found = task.request("GET", f"/books/{BOOK['isbn']}".replace("-", ""))
        assert (found.status_code, found.json()["title"]) == (200, BOOK["title"])
        assert task.request("GET", "/books", params={"q": "craftsmanship"}).json()["results"]
        assert "swagger" in task.request("GET", "/docs").text
        assert "Applying catalogue.0001_initial" in task.log("migrate")
        assert task.execute(*task.health_check) == (0, "")
        assert "only-in-the-secret" not in task.log() + task.log("migrate")


def test_the_app_has_no_user_capability_or_place_to_write_that_it_does_not_need(running: Task) -> None:
    assert running.execute("id", "-u") == (0, "10001")
    assert int(running.execute("grep", "CapBnd", "/proc/1/status")[1].split()[1], 16) == 0
    for place in ("/", "/app", "/venv", "/etc"):
        assert running.execute("touch", f"{place}/new")[0], place
    assert running.execute("touch", "/tmp/new") == (0, "")


def test_the_agents_of_ecs_exec_can_write(make_task: MakeTask, database: Database) -> None:
    """They are root; the app is not, and has no business there."""
    with make_task(committed("dev"), database) as task:
        for place in ("/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"):
            assert task.execute("touch", f"{place}/new", user="0") == (0, "")
            assert task.execute("touch", f"{place}/new")[0]


def test_an_app_that_does_not_answer_fails_its_health_check(running: Task) -> None:
    assert running.execute("env", "PORT=1", *running.health_check)[0] == 1


def test_an_app_that_is_told_to_stop_leaves_in_order(running: Task) -> None:
    started = time.monotonic()
    running.engine.docker("stop", running.container())
    assert time.monotonic() - started < 10
    assert running.engine.docker("inspect", "--format={{.State.ExitCode}}", running.container()) == "0"


def test_a_failed_migration_starts_no_app(make_task: MakeTask, database: Database) -> None:
    database.server.execute("CREATE TABLE catalogue_book (in_the_way int)", database="awsome_books")
    task = make_task(committed("prod"), database)
    with pytest.raises(TaskStoppedError, match=r"(?s)migrate ended with 1: .*catalogue_book.* already exists"), task:
        pass
    assert "No such container" in task.log()
    left = database.server.execute("SELECT count(*) FROM catalogue_book WHERE in_the_way IS NULL", database="awsome_books")
    assert left == [(0,)], "what was there is as it was"


def test_a_small_task_answers_soon(
    make_task: MakeTask, database: Database, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    for cpu, workers in ((256, 1), (512, 2)):
        with make_task(rendered(environment({"service": {"cpu": cpu, "memory": 1024}})), database) as task:
            app = task.container()
            assert f"WEB_CONCURRENCY={workers}" in task.engine.docker("inspect", "--format={{json .Config.Env}}", app)
            task.engine.docker("kill", app)
            started = time.monotonic()
            task.engine.docker("start", app)
            task.first_answer("/books")
            seconds = time.monotonic() - started
        record_property(f"seconds with {cpu} CPU units", seconds)
        with capsys.disabled():
            print(f"\n{cpu} CPU units: {seconds:.1f} s from start to the first answer from the database")
        assert seconds < 30, "the health check's start period"
