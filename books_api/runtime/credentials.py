"""The database's user and password, from the secret that RDS manages and rotates."""

import json
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import psycopg2
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_lock = threading.Lock()
_cached: dict[str, "Login"] = {}


@dataclass(frozen=True, eq=False)
class Login:
    """One reading of the secret."""

    username: str
    password: str

    def parameters(self) -> dict[str, str]:
        """As psycopg2 names them."""
        return {"user": self.username, "password": self.password}

    def __repr__(self) -> str:
        """Without the password: this may end up in a log."""
        return f"Login({self.username!r})"


def current(secret_arn: str) -> Login:
    """Give the login that worked last, or the secret's where there is none."""
    return _cached.get(secret_arn) or newer_than(None, secret_arn)


def newer_than(refused: Login | None, secret_arn: str) -> Login:
    """Give a login read after this one was: by another thread meanwhile, or now."""
    with _lock:
        cached = _cached.get(secret_arn)
        if cached is refused or cached is None:
            cached = _cached[secret_arn] = _read(secret_arn)
        return cached


def _read(secret_arn: str) -> Login:
    try:
        # The region is the secret's: of what the platform sets, boto3 reads AWS_DEFAULT_REGION alone.
        client = _client(secret_arn.split(":")[3])
        secret = json.loads(client.get_secret_value(SecretId=secret_arn)["SecretString"])
    except (BotoCoreError, ClientError) as error:
        # No credentials is no database, and is answered like it.
        raise psycopg2.OperationalError(f"the database's secret cannot be read: {type(error).__name__}") from error
    return Login(secret["username"], secret["password"])


@cache
def _client(region: str) -> Any:
    # A request waits for this: two short attempts.
    return boto3.client(
        "secretsmanager", region_name=region, config=Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
    )
