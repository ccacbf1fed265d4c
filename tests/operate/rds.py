"""Answers RDS's calls about backups and restores, as AWS documents them; the endpoint has no backups, and all is there at once."""

import re
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.model import ServiceModel
from botocore.session import Session

Answer = dict[str, Any]
MODEL = ServiceModel(Session().get_service_data("rds"))

DATABASE = "awsome-books-dev"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db-restored"


def at(text: str) -> datetime:
    """A time of November 2026: `23 14:05`."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def backup(
    instance: str = DATABASE, resource_id: str = "db-ONE", earliest: str = "16 02:00", latest: str = "23 14:05", **more: Any
) -> Answer:
    """The automated backups of an instance."""
    window = {"EarliestTime": at(earliest), "LatestTime": at(latest)}
    named = {"DBInstanceIdentifier": instance, "DbiResourceId": resource_id, "RestoreWindow": window}
    return {**named, "AllocatedStorage": 20, "Encrypted": True, "Status": "active", **more}


def snapshot(identifier: str, time: str = "23 02:05", instance: str = DATABASE, **more: Any) -> Answer:
    """A snapshot."""
    named = {"DBSnapshotIdentifier": identifier, "DBInstanceIdentifier": instance, "SnapshotCreateTime": at(time)}
    kind = "automated" if identifier.startswith("rds:") else "manual"
    storage = {"AllocatedStorage": 20, "Encrypted": True}
    return {**named, "SnapshotType": kind, "Status": "available", "Engine": "postgres", "EngineVersion": "18.1", **storage, **more}


class Rds:
    """Its backups, snapshots and instances can be set, an error by operation; what changed it is kept, each call with its arguments."""

    def __init__(self) -> None:
        self.backups: list[Answer] = [backup()]
        self.snapshots: list[Answer] = [snapshot("rds:awsome-books-dev-2026-11-23-02-05")]
        self.instances: dict[str, Answer] = {}
        self.errors: dict[str, tuple[str, str]] = {}
        # The statuses that an instance goes through: after it was restored, after it was changed.
        self.restoring, self.changing = ["creating", "backing-up", "available"], ["available", "resetting-master-credentials", "available"]
        self.changed: list[tuple[str, Answer]] = []
        self._coming: dict[str, list[str]] = {}
        rds = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                status, body = rds._answer(query["Action"], _arguments(query))
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, operation: str, given: Answer) -> tuple[int, str]:
        code, message = self.errors.get(operation, ("", ""))
        result: Answer = {}
        if operation == "DescribeDBInstanceAutomatedBackups":
            result = {"DBInstanceAutomatedBackups": self.backups}
        elif operation == "DescribeDBSnapshots":
            wanted = given.get("DBSnapshotIdentifier")
            result = {"DBSnapshots": [each for each in self.snapshots if wanted in (None, each["DBSnapshotIdentifier"])]}
            code = code or ("" if result["DBSnapshots"] or not wanted else "DBSnapshotNotFound")
        elif operation == "DescribeDBInstances":
            wanted = given.get("DBInstanceIdentifier")
            result = {"DBInstances": [self._described(name) for name in list(self.instances) if wanted in (None, name)]}
            code = code or ("" if result["DBInstances"] or not wanted else "DBInstanceNotFound")
        elif not code:
            self.changed.append((operation, given))
            self._change(operation, given)
        if code:
            return 400, f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        shape = MODEL.operation_model(operation).output_shape
        return 200, f"<{operation}Response><{operation}Result>{_xml(shape, result)}</{operation}Result></{operation}Response>"

    def _change(self, operation: str, given: Answer) -> None:
        if operation == "ModifyDBInstance":
            name = given["DBInstanceIdentifier"]
            self.instances[name] |= {"MasterUserSecret": {"SecretArn": SECRET, "SecretStatus": "creating"}}
            self._coming[name] = list(self.changing)
            return
        name = given.get("TargetDBInstanceIdentifier") or given["DBInstanceIdentifier"]
        self.instances[name] = {
            "DBInstanceIdentifier": name,
            "Endpoint": {"Address": f"{name}.abc.us-east-1.rds.amazonaws.com"},
            "AllocatedStorage": 20,
            "DeletionProtection": given.get("DeletionProtection") == "true",
            "TagList": [{"Key": tag["Key"], "Value": tag["Value"]} for tag in given["Tags"]],
        }
        self._coming[name] = list(self.restoring)

    def _described(self, name: str) -> Answer:
        instance, coming = self.instances[name], self._coming.get(name, [])
        if coming:
            instance["DBInstanceStatus"] = coming.pop(0)
        elif secret := instance.get("MasterUserSecret"):
            secret["SecretStatus"] = "active"
        return instance

    def calls(self, operation: str) -> list[Answer]:
        """The arguments of each call of an operation that changes something."""
        return [given for called, given in self.changed if called == operation]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


def _arguments(query: dict[str, str]) -> Answer:
    """What a query such as Tags.Tag.1.Key=a says, lists as lists."""
    given: Answer = {}
    for name, value in query.items():
        if match := re.fullmatch(r"(\w+)\.\w+\.(\d+)(?:\.(\w+))?", name):
            items = given.setdefault(match[1], [])
            if match[3] is None:
                items.append(value)
            elif len(items) < int(match[2]):
                items.append({match[3]: value})
            else:
                items[-1][match[3]] = value
        elif name not in ("Action", "Version"):
            given[name] = value
    return given


def _xml(shape: Any, value: Any) -> str:
    """As the service's model says."""
    if shape.type_name == "structure":
        return "".join(f"<{name}>{_xml(member, value[name])}</{name}>" for name, member in shape.members.items() if name in value)
    if shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        return "".join(f"<{item}>{_xml(shape.member, each)}</{item}>" for each in value)
    if shape.type_name == "timestamp":
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return str(value).lower() if isinstance(value, bool) else escape(str(value))
