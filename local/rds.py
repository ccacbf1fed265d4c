"""RDS's calls, and CloudFormation's, that make, change, back up, restore and delete database instances: with their data."""

import json
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import trustme
from ministack.core.responses import get_region
from ministack.services import cloudformation, rds, secretsmanager
from ministack.services.cloudformation import provisioners

from local import stricter
from local.database import Instance
from local.postgres import Postgres, server_user
from local.stricter import Created, Properties

KIND = "AWS::RDS::DBInstance"
Params = Mapping[str, Any]
# ministack's functions have no types.
Answer = Any

_update = provisioners._rds_db_instance_update
_delete_resource = provisioners._delete_resource
_instance_xml = rds._instance_xml
_create_snapshot = rds._create_snapshot_internal
_delete_snapshot = rds._delete_db_snapshot
_modify = rds._modify_db_instance
_delete = rds._delete_db_instance
_reboot = rds._reboot_db_instance
_restore_from_snapshot = rds._restore_from_snapshot


class Found(NamedTuple):
    """ministack's record of an instance, and what runs."""

    record: Properties
    instance: Instance


class Rds:
    """The instances of the region; what they write is under `disk`, which the servers' user may read."""

    def __init__(self, links: Path) -> None:
        """`links` is a folder of links to the primaries' data, for who wants to see them, or to kill one."""
        self.links = links
        self.authority = trustme.CA(organization_name="RDS on this machine")
        self.disk = Path(tempfile.mkdtemp(prefix="books-rds-", dir="/tmp"))
        self.disk.chmod(0o711)
        if user := server_user():
            shutil.chown(self.disk, user)
        self.certificate = self.disk / "authority.pem"
        self.authority.cert_pem.write_to_path(self.certificate)
        self.instances: dict[str, Instance] = {}

    def connect(self) -> None:
        """Exchange the functions; once, before the server starts."""
        # A replacement calls them by these names.
        provisioners._rds_db_instance_create = self.create
        provisioners._rds_db_instance_delete = self.delete
        provisioners._RESOURCE_HANDLERS[KIND] |= {"create": self.create, "update": self.update, "delete": self.delete}
        provisioners._delete_resource = delete_resource
        provisioners._snapshot_id = lambda identifier: f"{identifier}-snapshot-{uuid.uuid4().hex[:12]}"
        rds._instance_xml = instance_xml
        rds._create_snapshot_internal = self.create_snapshot
        rds._ACTION_MAP |= {
            "DeleteDBInstance": self.delete_instance,
            "DeleteDBSnapshot": self.delete_snapshot,
            "DescribeDBInstanceAutomatedBackups": self.describe_backups,
            "ModifyDBInstance": self.modify,
            "RebootDBInstance": self.reboot,
            "RestoreDBInstanceFromDBSnapshot": self.restore_from_snapshot,
            "RestoreDBInstanceToPointInTime": self.restore_to_time,
        }

    def close(self) -> None:
        """Stop all, and remove all data."""
        for instance in self.instances.values():
            instance.close()
        shutil.rmtree(self.disk, ignore_errors=True)

    def find(self, host: str) -> "Found | None":
        """The instance of this name."""
        for identifier, instance in self.instances.items():
            if instance.host == host:
                return Found(rds._instances[identifier], instance)
        return None

    # What CloudFormation calls.

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        """With an empty database, or that of a snapshot."""
        snapshot = properties.get("DBSnapshotIdentifier")
        if snapshot:
            if snapshot not in rds._snapshots:
                raise ValueError(f"DBSnapshot not found: {snapshot}")
            kept = {key: rds._snapshots[snapshot][key] for key in ("MasterUsername", "DBName")}
            properties = kept | properties
        identifier, attributes = stricter.create_database(logical_id, properties, stack)
        arn = attributes["MasterUserSecret.SecretArn"]
        record, login = rds._instances[identifier], json.loads(secretsmanager.resolve_secret_string(arn))
        record["MasterUserSecret"] = {"SecretArn": arn, "SecretStatus": "active"}
        server = Postgres().restore(self._snapshot(snapshot)) if snapshot else Postgres().initialize()

        def prepare(instance: Instance) -> None:
            if snapshot:
                instance.set_password(login["username"], login["password"])
            else:
                instance.create(record["DBName"], login["username"], login["password"])

        self._start(record, server, prepare)
        return identifier, attributes

    def update(self, identifier: str, old: Properties, new: Properties, *rest: Any) -> Created:
        """In place, or by a new one."""
        updated: Created = _update(identifier, old, new, *rest)
        if updated[0] == identifier:
            self.instances[identifier].set_multi_zone(rds._instances[identifier]["MultiAZ"])
        return updated

    def delete(self, identifier: str, properties: Properties) -> None:
        """Its last snapshot was made before."""
        stricter.delete_database(identifier, properties)
        self.instances.pop(identifier).close()

    # What the API calls; the snapshots are CloudFormation's too.

    def create_snapshot(self, identifier: str, record: Properties) -> Properties:
        """With the data of this moment."""
        snapshot: Properties = _create_snapshot(identifier, record)
        if instance := self.instances.get(record["DBInstanceIdentifier"]):
            folder = self._folder("snapshot")
            instance.server.back_up(folder)
            snapshot["_folder"] = str(folder)
        return snapshot

    def delete_snapshot(self, params: Params) -> Answer:
        """And its data."""
        folder = rds._snapshots.get(rds._p(params, "DBSnapshotIdentifier"), {}).get("_folder")
        answer = _delete_snapshot(params)
        if folder and answer[0] == 200:
            shutil.rmtree(folder, ignore_errors=True)
        return answer

    def modify(self, params: Params) -> Answer:
        """A password that Secrets Manager keeps, and the standby, are real."""
        identifier = rds._p(params, "DBInstanceIdentifier")
        answer = _modify(params)
        if answer[0] != 200:
            return answer
        record, instance = rds._instances[identifier], self.instances[identifier]
        instance.set_multi_zone(record["MultiAZ"])
        if rds._p(params, "ManageMasterUserPassword") == "true" and "MasterUserSecret" not in record:
            login = {"username": record["MasterUsername"], "password": secrets.token_hex(16)}
            made = secretsmanager._create_secret({"Name": stricter.managed_secret(record), "SecretString": json.dumps(login)})
            record["MasterUserSecret"] = {"SecretArn": json.loads(made[2])["ARN"], "SecretStatus": "active"}
            instance.set_password(login["username"], login["password"])
        return _described("ModifyDBInstance", record)

    def delete_instance(self, params: Params) -> Answer:
        """And its secret."""
        identifier = rds._p(params, "DBInstanceIdentifier")
        record = rds._instances.get(identifier, {})
        answer = _delete(params)
        if answer[0] == 200:
            self.instances.pop(identifier).close()
            if "MasterUserSecret" in record:
                secretsmanager._delete_secret({"SecretId": record["MasterUserSecret"]["SecretArn"], "ForceDeleteWithoutRecovery": True})
        return answer

    def reboot(self, params: Params) -> Answer:
        """With a failover where that is asked for."""
        instance = self.instances.get(rds._p(params, "DBInstanceIdentifier"))
        if instance and rds._p(params, "ForceFailover") == "true":
            if instance.standby is None:
                return rds._error("InvalidParameterCombination", "ForceFailover cannot be true for a Single-AZ instance.", 400)
            instance.kill()
        elif instance:
            instance.restart()
        return _reboot(params)

    def describe_backups(self, _: Params) -> Answer:
        """Of all instances; there is one backup each, and the log since then."""
        found = ""
        for identifier, record in rds._instances.items():
            if instance := self.instances.get(identifier):
                named = {key: record[key] for key in ("DBInstanceIdentifier", "DbiResourceId", "AllocatedStorage", "Engine")}
                window = {"EarliestTime": _stamp(instance.earliest), "LatestTime": _stamp(datetime.now(instance.earliest.tzinfo))}
                plain = named | {"Encrypted": str(record["StorageEncrypted"]).lower(), "Status": "active"}
                found += (
                    f"<DBInstanceAutomatedBackup>{_xml(plain)}<RestoreWindow>{_xml(window)}</RestoreWindow></DBInstanceAutomatedBackup>"
                )
        name = "DescribeDBInstanceAutomatedBackups"
        listed = f"<DBInstanceAutomatedBackups>{found}</DBInstanceAutomatedBackups>"
        return rds._xml(200, f"{name}Response", f"<{name}Result>{listed}</{name}Result>")

    def restore_from_snapshot(self, params: Params) -> Answer:
        """Into an instance beside the others."""
        answer = _restore_from_snapshot(params)
        if answer[0] != 200:
            return answer
        server = Postgres().restore(self._snapshot(rds._p(params, "DBSnapshotIdentifier")))
        return self._restored("RestoreDBInstanceFromDBSnapshot", rds._p(params, "DBInstanceIdentifier"), params, server)

    def restore_to_time(self, params: Params) -> Answer:
        """As the data was then, or now."""
        source, identifier = rds._p(params, "SourceDbiResourceId"), rds._p(params, "TargetDBInstanceIdentifier")
        record = next((each for each in rds._instances.values() if each["DbiResourceId"] == source), None)
        if record is None:
            return rds._error("DBInstanceAutomatedBackupNotFound", f"There is no automated backup of {source}.", 404)
        instance = self.instances[record["DBInstanceIdentifier"]]
        asked = rds._p(params, "RestoreTime")
        to = datetime.fromisoformat(asked) if asked else None
        if to and to < instance.earliest.replace(microsecond=0):
            return rds._error("InvalidParameterValue", f"The earliest restorable time is {_stamp(instance.earliest)}.", 400)
        passing = f"{identifier}-source"
        _create_snapshot(passing, record)
        answer = _restore_from_snapshot({**params, "DBSnapshotIdentifier": passing, "DBInstanceIdentifier": identifier})
        rds._snapshots.pop(passing)
        if answer[0] != 200:
            return answer
        instance.flush()
        server = Postgres().restore(instance.backup, instance.archive, to)
        return self._restored("RestoreDBInstanceToPointInTime", identifier, params, server)

    def _restored(self, operation: str, identifier: str, params: Params, server: Postgres) -> Answer:
        """What ministack's record lacks is added to it."""
        record = rds._instances[identifier]
        record["Endpoint"] |= {
            "Address": f"{identifier}.{uuid.uuid4().hex[:8]}.{get_region()}.rds.amazonaws.com",
            "Port": int(rds._p(params, "Port") or 5432),
        }
        groups = rds._parse_member_list(params, "VpcSecurityGroupIds")
        record |= {
            "DeletionProtection": rds._p(params, "DeletionProtection") == "true",
            "TagList": rds._parse_tags(params),
            "VpcSecurityGroups": [{"VpcSecurityGroupId": group, "Status": "active"} for group in groups],
        }
        rds._tags[record["DBInstanceArn"]] = record["TagList"]
        self._start(record, server, lambda _: None)
        return _described(operation, record)

    def _start(self, record: Properties, server: Postgres, prepare: Callable[[Instance], None]) -> None:
        link = self.links / record["DBInstanceIdentifier"]
        instance = Instance(record["Endpoint"]["Address"], server, self.authority, self._folder("instance"), link)
        prepare(instance)
        instance.open(multi_zone=record["MultiAZ"])
        self.instances[record["DBInstanceIdentifier"]] = instance

    def _snapshot(self, identifier: str) -> Path:
        return Path(rds._snapshots[identifier]["_folder"])

    def _folder(self, kind: str) -> Path:
        return self.disk / f"{kind}-{uuid.uuid4().hex[:8]}"


def delete_resource(kind: str, identifier: str, properties: Properties, stack: str | None = None, logical_id: str | None = None) -> None:
    """What is to leave a snapshot does so in a nested stack too, where ministack forgets it."""
    declared = cloudformation._stacks.get(stack, {}).get("_template", {}).get("Resources", {}).get(logical_id, {})
    if declared.get("DeletionPolicy") == "Snapshot":
        provisioners._snapshot_resource(kind, identifier, properties)
    _delete_resource(kind, identifier, properties, stack, logical_id)


def instance_xml(record: Properties) -> str:
    """With the secret that ministack knows of clusters alone."""
    secret = record.get("MasterUserSecret")
    return f"{_instance_xml(record)}<MasterUserSecret>{_xml(secret)}</MasterUserSecret>" if secret else str(_instance_xml(record))


def _described(operation: str, record: Properties) -> Answer:
    return rds._single_instance_response(f"{operation}Response", f"{operation}Result", record)


def _xml(values: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def _stamp(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
