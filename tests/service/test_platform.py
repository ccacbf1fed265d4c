"""What the platform relies on: health, links, hosts, logs, commands, TLS, migrations, and a stop that nobody notices."""

import configparser
import http.client
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import psycopg2
import pytest
import requests

from books_api.runtime import rds_ca
from local.postgres import Postgres
from templates.contract import contract
from tests.service.load import Load
from tests.service.process import BOOK, FIELDS, HOST, ROOT, Service, environment, isbns, manage

TRACE = "Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_answered_to_any_host(service: Service, path: str) -> None:
    assert service.get(path, headers={"Host": "10.0.32.17:8080"}).status_code == 200


def test_health_is_answered_where_the_contract_says(service: Service) -> None:
    assert service.get(contract("books_api").health.path).status_code == 200


def test_health_is_answered_where_the_platform_asks(database_url: str) -> None:
    with Service(DATABASE_URL=database_url, HEALTH_PATH="/alive") as elsewhere:
        assert (elsewhere.get("/alive").status_code, elsewhere.get("/healthz").status_code) == (200, 404)
        command = [sys.executable, "-m", "books_api.healthcheck"]
        assert subprocess.run(command, cwd=ROOT, env=elsewhere.env, check=False).returncode == 0
        assert subprocess.run(command, cwd=ROOT, env=elsewhere.env | {"HEALTH_PATH": "/healthz"}, check=False).returncode == 1


@pytest.mark.parametrize("host", ["evil.example", "10.0.32.17", "books.internal.evil.example", "books.internal@evil.example", "", "a b"])
def test_no_other_host_is_answered(service: Service, host: str) -> None:
    answer = service.get("/", headers={"Host": host, "X-Forwarded-Host": HOST})
    assert answer.status_code == 400


def test_links_are_those_of_the_gateway_and_never_the_internal_host(service: Service) -> None:
    service.post()
    service.post(isbn=isbns(1)[0])
    public = {"X-Public-Host": "abc.execute-api.us-east-1.amazonaws.com", "X-Public-Prefix": "/prod", "X-Public-Proto": "https"}
    base = "https://abc.execute-api.us-east-1.amazonaws.com/prod"
    assert service.get("/", headers=public).json()["links"]["books"] == f"{base}/books"
    assert service.get("/books?page_size=1", headers=public).json()["next"].startswith(f"{base}/books?page_size=1&cursor=")
    created = service.request("POST", "/books", json=BOOK | {"isbn": isbns(2)[1]}, headers=public)
    assert created.headers["Location"] == f"{base}/books/{isbns(2)[1]}"
    assert service.get("/openapi.json", headers=public).json()["servers"] == [{"url": base}]
    for headers in ({}, {"X-Public-Host": "evil.example/ x", "X-Public-Prefix": '/"><script>'}, {"X-Public-Prefix": "//evil.example"}):
        for path in ("/", "/books?page_size=1", "/openapi.json", "/nowhere"):
            answer = service.get(path, headers=headers)
            assert HOST not in answer.text + str(answer.headers)
            assert "evil" not in answer.text
            assert "//" not in str(answer.json().get("links", answer.json().get("next")))


@pytest.mark.parametrize("path", ["", "/", "/books", "/books/9780132350884"])
def test_the_prefix_is_stripped_where_it_arrives(service: Service, path: str) -> None:
    service.post()
    assert service.get("/prod" + path, headers={"X-Public-Prefix": "/prod"}).status_code == 200
    assert service.get("/prod" + path).status_code == 404
    assert service.get("/production/books", headers={"X-Public-Prefix": "/prod"}).status_code == 404


def test_browsers_of_known_origins_may_ask(service: Service) -> None:
    known, other = (
        {"Origin": origin, "Access-Control-Request-Method": "PUT"} for origin in ("https://library.example", "https://evil.example")
    )
    allowed = service.request("OPTIONS", "/books/9780132350884", headers=known | {"Access-Control-Request-Headers": "if-match"}).headers
    assert allowed["Access-Control-Allow-Origin"] == "https://library.example"
    assert "PUT" in allowed["Access-Control-Allow-Methods"]
    assert "if-match" in allowed["Access-Control-Allow-Headers"]
    assert "etag" in service.get("/", headers=known).headers["Access-Control-Expose-Headers"].lower()
    assert "Access-Control-Allow-Origin" not in service.get("/", headers=other).headers


def test_the_log_is_json_with_trace_and_metrics_and_nothing_personal(service: Service) -> None:
    service.post()
    service.get(
        "/books?q=secret-illness&author=Jane+Doe",
        headers={"X-Amzn-Trace-Id": TRACE, "User-Agent": "someone", "X-Forwarded-For": "203.0.113.9"},
    )
    line = [line for line in service.log_lines() if line.get("trace_id")][-1]
    assert line["trace_id"] == "1-67891233-abcdef012345678912345678"
    assert (line["Operation"], line["status"], line["Environment"]) == ("GET /books", 200, "dev")
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 60
    assert {metric["Name"]: isinstance(line[metric["Name"]], int | float) for metric in directive["Metrics"]} == {
        "Duration": True,
        "Errors": True,
    }
    assert all(name in line for dimensions in directive["Dimensions"] for name in dimensions)
    text = service.log.read_text()
    for private in ("secret-illness", "Jane", "someone", "203.0.113.9", "127.0.0.1:", "first"):
        assert private not in text
    assert not [line for line in service.log_lines() if line.get("Operation") == "/healthz"]


def test_made_up_methods_make_no_metrics(service: Service) -> None:
    service.request("BREW", "/books")
    service.get("/nothing-here")
    assert not [line for line in service.log_lines() if "BREW" in str(line) or "nothing-here" in str(line)]


def test_the_version_is_the_packages(service: Service) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert service.get("/").json()["version"] == setup["metadata"]["version"]


def test_the_databases_authorities_are_public_roots_that_have_not_expired() -> None:
    committed = rds_ca.BUNDLE.read_text()
    refreshed = rds_ca.bundle(committed.encode(), "itself")
    assert committed.count("BEGIN CERTIFICATE") == refreshed.count("BEGIN CERTIFICATE") > 80
    assert "us-east-1 Root CA RSA2048 G1" in refreshed
    assert "python -m books_api.runtime.rds_ca" in refreshed


def test_a_defect_is_logged_with_its_traceback_and_answered_without(service: Service, postgres: Postgres) -> None:
    postgres.execute("ALTER TABLE catalogue_book RENAME COLUMN author TO writer", database="books")
    try:
        answer = service.get("/books/9780132350884", headers={"X-Amzn-Trace-Id": TRACE})
    finally:
        postgres.execute("ALTER TABLE catalogue_book RENAME COLUMN writer TO author", database="books")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert "author" not in answer.text
    (error,) = [line for line in service.log_lines() if "exception" in line]
    assert "UndefinedColumn" in error["exception"]
    assert error["trace_id"] == "1-67891233-abcdef012345678912345678"


def test_the_health_check_command_tells_alive_from_dead(service: Service) -> None:
    def check(port: int) -> int:
        env = environment(PORT=str(port))
        return subprocess.run([sys.executable, "-m", "books_api.healthcheck"], cwd=ROOT, env=env, check=False).returncode

    assert check(service.port) == 0
    assert check(1) == 1


def test_tls_is_served_with_a_certificate_of_its_own(database_url: str) -> None:
    with Service(DATABASE_URL=database_url, TLS="on") as service:
        assert service.get("/books").status_code == 200
        check = subprocess.run([sys.executable, "-m", "books_api.healthcheck"], cwd=ROOT, env=service.env, check=False)
        assert check.returncode == 0
        with pytest.raises((requests.ConnectionError, http.client.HTTPException)):
            requests.get(f"http://127.0.0.1:{service.port}/healthz", timeout=5).raise_for_status()
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError), socket.create_connection(("127.0.0.1", service.port)) as plain:
            context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_the_app_cannot_change_the_schema(database_url: str, django: None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, count(*) FROM catalogue_book")
        assert cursor.fetchone()[0] == "books_app"
        for statement in ("DROP TABLE catalogue_book", "CREATE TABLE mine ()", "TRUNCATE catalogue_book", "DELETE FROM django_migrations"):
            with pytest.raises(Exception, match=r"permission denied|must be owner"):
                cursor.execute(statement)


def test_migrations_take_turns(postgres: Postgres, database_url: str) -> None:
    postgres.execute("CREATE DATABASE turns OWNER master")
    env = environment(DATABASE_URL=postgres.url("turns", "master"))
    command = [sys.executable, "books_api/manage.py", "migrate_safely"]
    runs = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum("Applying catalogue.0001_initial" in output for output in outputs) == 1
    assert sum("No migrations to apply" in output for output in outputs) == 2


def test_a_migration_lets_go_of_a_table_that_is_busy(postgres: Postgres, database_url: str) -> None:
    """The version that serves must not wait behind a migration that waits for somebody else."""
    postgres.execute("CREATE DATABASE busy OWNER master")
    env = environment(DATABASE_URL=postgres.url("busy", "master"))
    manage(env, "migrate", "catalogue", "0001", "--database=owner")
    blocker = psycopg2.connect(postgres.url("busy"))
    with blocker.cursor() as cursor:
        cursor.execute("LOCK TABLE catalogue_book")
    run = subprocess.Popen([sys.executable, "books_api/manage.py", "migrate_safely"], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    assert run.stderr is not None
    assert "lock timeout" in run.stderr.readline()
    blocker.rollback()
    run.communicate(timeout=30)
    assert run.returncode == 0


def test_sigterm_finishes_what_was_accepted(database_url: str, postgres: Postgres) -> None:
    with Service(DATABASE_URL=database_url) as service:
        postgres.execute("TRUNCATE catalogue_book", database="books")
        service.post()
        blocker = psycopg2.connect(postgres.url("books"))
        with blocker.cursor() as cursor:
            cursor.execute("SELECT 1 FROM catalogue_book FOR UPDATE")
        answers: list[requests.Response] = []
        change = threading.Thread(target=lambda: answers.append(service.request("PATCH", "/books/0132350882", json={"price": "1.00"})))
        change.start()
        time.sleep(0.5)
        threading.Timer(1.5, blocker.rollback).start()
        assert service.terminate() == 0
        change.join()
        assert answers[0].status_code == 200


def test_ten_replacements_under_load_fail_no_request(database_url: str, postgres: Postgres) -> None:
    """Harsher than the platform: the old task is stopped at the moment in which the balancer turns to the new one."""
    numbers = isbns(100_000)
    tasks = [Service(DATABASE_URL=database_url).__enter__()]

    def ask(session: requests.Session, place: int) -> tuple[str, requests.Response]:
        url = f"{tasks[-1].url}/books"
        if place % 2:
            return "", session.get(url, timeout=30)
        return numbers[place], session.put(f"{url}/{numbers[place]}", json=FIELDS, timeout=30)

    with Load(4, ask) as load:
        for _ in range(10):
            tasks.append(Service(DATABASE_URL=database_url).__enter__())
            tasks[-2].process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
    assert [task.process.wait(timeout=30) for task in tasks[:-1]] == [0] * 10
    for task in tasks:
        task.__exit__()
    assert len(load.answers) > 500
    assert not load.failed(), load.failed()[:3]
