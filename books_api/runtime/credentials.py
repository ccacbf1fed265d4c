"""The database's user and password, from the secret that RDS manages and rotates."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import psycopg2
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_last: dict[str, "Login"] = {}


@dataclass(frozen=True)
class Login:
    """What the secret says."""

    username: str
    # This may end up in a log.
    password: str = field(repr=False)

    def parameters(self) -> dict[str, str]:
        """As psycopg2 names them."""
        return {"user": self.username, "password": self.password}


def last(secret_arn: str) -> Login:
    """Give the login that was read last, or read one."""
    return _last.get(secret_arn) or read(secret_arn)


def read(secret_arn: str) -> Login:
    """Read the secret; raises the error of a database that is away, because no credentials is no database."""
    try:
        # The region is the secret's: of what the platform sets, boto3 reads AWS_DEFAULT_REGION alone.
        client = _client(secret_arn.split(":")[3])
        secret = json.loads(client.get_secret_value(SecretId=secret_arn)["SecretString"])
        _last[secret_arn] = Login(secret["username"], secret["password"])
    except (BotoCoreError, ClientError, KeyError, ValueError) as error:
        raise psycopg2.OperationalError(f"the database's secret cannot be read: {type(error).__name__}") from error
    return _last[secret_arn]


@cache
def _client(region: str) -> Any:
    # A request waits for this: two short attempts.
    return boto3.client(
        "secretsmanager", region_name=region, config=Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
    )
