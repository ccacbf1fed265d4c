"""The image runs as the rendered task definition says, on a real PostgreSQL."""

import time
from collections.abc import Callable

import pytest

from tests.image.conftest import VERSION, Database, committed, rendered
from tests.image.task import Task, TaskStoppedError
from tests.service.process import BOOK
from tests.settings import environment

MakeTask = Callable[..., Task]
END_TO_END = {"encryption": "end_to_end", "certificate_domain": "books.example.org"}


@pytest.mark.parametrize(
    "template",
    [
        pytest.param(committed("prod"), id="prod"),
        pytest.param(committed("dev"), id="dev, with ECS Exec"),
        pytest.param(rendered(environment(END_TO_END)), id="end to end, with TLS"),
    ],
)
def test_a_task_migrates_the_database_and_then_answers(make_task: MakeTask, template: dict[str, object]) -> None:
    with make_task(template) as task:
        assert task.first_answer("/").json()["version"] == VERSION
        assert task.request("POST", "/books", json=BOOK).status_code == 201
        found = task.request("GET", f"/books/{BOOK['isbn']}".replace("-", ""))
        assert (found.status_code, found.json()["title"]) == (200, BOOK["title"])
        assert task.request("GET", "/books", params={"q": "craftsmanship"}).json()["results"]
        assert "swagger" in task.request("GET", "/docs").text
        assert "Applying catalogue.0001_initial" in task.log("migrate")
        assert task.execute(*_health_check(task)) == (0, "")
        assert "only-in-the-secret" not in task.log() + task.log("migrate")


def test_a_task_may_do_nothing_but_its_work(make_task: MakeTask) -> None:
    with make_task(committed("dev")) as task:
        task.first_answer("/readyz")
        assert task.execute("id", "-u") == (0, "10001")
        capabilities = task.execute("grep", "CapEff", "/proc/1/status")[1]
        assert int(capabilities.split()[1], 16) == 0
        for place in ("/", "/app", "/venv", "/managed-agents", "/dev/shm/..", "/etc"):
            assert task.execute("touch", f"{place}/new")[0], place
        assert task.execute("touch", "/tmp/new")[0] == 0
        # The agents of ECS Exec are root, without root's capabilities.
        for place in ("/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"):
            assert task.execute("touch", f"{place}/new", user="0") == (0, "")


def test_a_task_that_is_told_to_stop_leaves_in_order(make_task: MakeTask) -> None:
    with make_task(committed("prod")) as task:
        task.first_answer("/readyz")
        started = time.monotonic()
        task.engine.docker("stop", task.container())
        assert time.monotonic() - started < 10
        assert task.engine.docker("inspect", "--format={{.State.ExitCode}}", task.container()) == "0"


def test_an_app_that_does_not_answer_fails_its_health_check(make_task: MakeTask) -> None:
    with make_task(committed("prod")) as task:
        task.first_answer("/readyz")
        assert task.execute("env", "PORT=1", *_health_check(task))[0] == 1


def test_a_failed_migration_starts_no_app(make_task: MakeTask, database: Database) -> None:
    database.server.execute("CREATE TABLE catalogue_book (in_the_way int)", database="awsome_books")
    task = make_task(committed("prod"))
    with pytest.raises(TaskStoppedError, match=r"(?s)migrate ended with 1: .*catalogue_book.* already exists"), task:
        pass
    assert not task.engine.docker("ps", "--all", "--quiet", f"--filter=name={task.container()}")
    tables = database.server.execute("SELECT to_regclass('catalogue_book'), count(*) FROM catalogue_book", database="awsome_books")
    assert tables == [("catalogue_book", 0)], "what was there is as it was"


@pytest.mark.parametrize(("cpu", "workers"), [(0.25, 1), (0.5, 2)])
def test_a_small_task_answers_soon(
    make_task: MakeTask, cpu: float, workers: int, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with make_task(rendered(environment({"service": {"cpu": int(cpu * 1024), "memory": 1024}}))) as task:
        app = task.container()
        assert f"WEB_CONCURRENCY={workers}" in task.engine.docker("inspect", "--format={{json .Config.Env}}", app)
        task.engine.docker("stop", app)
        started = time.monotonic()
        task.engine.docker("start", app)
        task.first_answer("/books")
        seconds = time.monotonic() - started
    record_property("seconds", seconds)
    with capsys.disabled():
        print(f"\n{cpu} CPU: {seconds:.1f} s from start to the first answer from the database")
    assert seconds < 20, "a health check's start period is 30 s"


def _health_check(task: Task) -> list[str]:
    app = next(container for container in task.definition["ContainerDefinitions"] if container["Name"] == "app")
    kind, *command = app["HealthCheck"]["Command"]
    assert kind == "CMD"
    return list(command)
