"""The secret rotates under load, as RDS does it, and TLS to the database is verified; the secret's store is an AWS endpoint on loopback."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import psycopg2
import pytest
import requests
import trustme

from books_api.runtime import credentials
from local.postgres import Postgres, free_port
from local.relay import Relay
from tests.service.load import Load
from tests.service.process import FIELDS, Service, environment, isbns, make_database, manage

MISSING = "arn:aws:secretsmanager:us-east-1:000000000000:secret:missing"
AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def secrets_manager() -> Iterator[str]:
    """An endpoint that speaks Secrets Manager; its URL."""
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SERVICES": "secretsmanager",
    }
    process = subprocess.Popen([sys.executable, "-m", "ministack"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "the AWS endpoint did not start"
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


class Database:
    """A database as RDS offers it: TLS, and a login that only the secret knows."""

    def __init__(self, server: Postgres, endpoint: str, folder: Path) -> None:
        self.server = server
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.relay = Relay(server.port, context)
        self.client = boto3.client("secretsmanager", endpoint_url=endpoint, region_name="us-east-1", **_keys())
        arn = self.client.create_secret(Name=f"rds!db-{server.port}", SecretString=_secret("first"))["ARN"]
        self.env = AWS | {
            "AWS_ENDPOINT_URL": endpoint,
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PORT": str(self.relay.port),
            "DATABASE_NAME": "books",
            "DATABASE_SECRET_ARN": arn,
            "DATABASE_CA_FILE": str(folder / "ca.pem"),
        }

    def set_password(self, password: str) -> None:
        """As the rotation does."""
        self.server.execute(f"ALTER ROLE master PASSWORD '{password}'")

    def set_secret(self, password: str) -> None:
        """As the rotation does."""
        self.client.put_secret_value(SecretId=self.env["DATABASE_SECRET_ARN"], SecretString=_secret(password))


def _keys() -> dict[str, str]:
    return {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def _secret(password: str) -> str:
    return json.dumps({"username": "master", "password": password})


@pytest.fixture
def database(secrets_manager: str, tmp_path: Path) -> Iterator[Database]:
    """A server of its own: its password changes."""
    server = Postgres().initialize().start()
    make_database(server)
    database = Database(server, secrets_manager, tmp_path)
    yield database
    database.relay.close()
    server.remove()


def test_a_rotation_fails_no_request(database: Database, record_property: Callable[[str, object], None]) -> None:
    numbers = isbns(100_000)

    def ask(session: requests.Session, place: int) -> tuple[str, requests.Response]:
        if place % 2:
            return "", session.get(f"{service.url}/books", timeout=30)
        return numbers[place], session.put(f"{service.url}/books/{numbers[place]}", json=FIELDS, timeout=30)

    # Workers are recycled all the time, so that connections are opened at every moment of the rotation.
    with Service("--max-requests=20", "--max-requests-jitter=10", WEB_CONCURRENCY="2", **database.env) as service:

        def workers() -> int:
            return sum("Booting worker" in line["message"] for line in service.log_lines())

        with Load(4, ask) as load:
            for password, order in (("pass-two-2", "secret first"), ("pass-three-3", "database first")):
                steps = [database.set_password, database.set_secret]
                for step in reversed(steps) if order == "secret first" else steps:
                    step(password)
                    time.sleep(1.5)
                before, deadline = workers(), time.monotonic() + 20
                while workers() < before + 3:
                    assert time.monotonic() < deadline, "no connection was opened after the rotation"
                    time.sleep(0.1)
        started = workers()
        passwords = [word for word in ("pass-two-2", "pass-three-3") if word in service.log.read_text()]
    record_property("figures", load.figures() | {"workers started": started})
    assert not load.failed(), load.failed()[:3]
    assert not passwords, "no password in the log"


def test_a_task_that_starts_between_database_and_secret_fails_no_request(database: Database) -> None:
    numbers = isbns(100_000)

    def ask(session: requests.Session, place: int) -> tuple[str, requests.Response]:
        return numbers[place], session.put(f"{service.url}/books/{numbers[place]}", json=FIELDS, timeout=30)

    database.set_password("pass-two-2")
    threading.Timer(3.6, database.set_secret, ["pass-two-2"]).start()
    with Service(**database.env) as service, Load(8, ask) as load:
        time.sleep(2)
    assert load.answers
    assert not load.failed(), load.failed()[:3]


def test_requests_do_not_wait_for_a_silent_secret_one_after_the_other(database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Service(**database.env | {"AWS_ENDPOINT_URL": endpoint}) as service, ThreadPoolExecutor(4) as pool:
            started = time.monotonic()
            assert list(pool.map(lambda _: service.get("/books").status_code, range(4))) == [503] * 4
            # One wait of two attempts, and not four of them.
            assert time.monotonic() - started < 8


@pytest.mark.parametrize("secret", ["{}", "first"])
def test_a_secret_that_makes_no_sense_is_answered_like_a_database_that_is_away(
    secrets_manager: str, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    for name, value in (AWS | {"AWS_ENDPOINT_URL": secrets_manager}).items():
        monkeypatch.setenv(name, value)
    client = boto3.client("secretsmanager", region_name="us-east-1")
    arn = client.create_secret(Name=f"odd-{secret.strip('{}')}", SecretString=secret)["ARN"]
    with pytest.raises(psycopg2.OperationalError, match="the database's secret cannot be read"):
        credentials.read(arn)


def test_migrations_use_the_secret_too(database: Database) -> None:
    assert "No migrations to apply" in manage(environment(**database.env), "migrate_safely").stdout


@pytest.mark.parametrize("wrong", [{"DATABASE_HOST": "localhost"}, {"DATABASE_CA_FILE": ""}, {"DATABASE_SECRET_ARN": MISSING}])
def test_nobody_else_is_taken_for_the_database(database: Database, wrong: dict[str, str]) -> None:
    """A certificate for another name, one of another authority (the default is RDS's), and no secret at all."""
    with Service(**database.env | wrong) as service:
        started = time.monotonic()
        answer = service.get("/books")
        assert time.monotonic() - started < 3
        assert (answer.status_code, service.get("/readyz").status_code, service.get("/healthz").status_code) == (503, 503, 200)
    with Service(**database.env) as service:
        assert service.get("/books").status_code == 200
