"""Which properties interrupt a resource when they change: "Update requires: Some interruptions" in CloudFormation's documentation.

No resource schema says it, so it is read from the documentation's Markdown, and kept beside this file with its source and date.
Usage: python -m ci.changes.interruptions FOLDER, where FOLDER has the pages (aws-resource-rds-dbinstance.md, ...): doc_source of
https://github.com/awsdocs/aws-cloudformation-user-guide at commit 19dc52cd, the last one that had them.
"""

import json
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

from ci.changes.schemas import known

TARGET = Path(__file__).with_suffix(".toml")
HEAD = """\
# The properties of which CloudFormation's documentation says "Update requires: Some interruptions", of each type that some settings render.
# Written by python -m ci.changes.interruptions; that repository is archived, its last change of these pages is of this date.
source = "https://github.com/awsdocs/aws-cloudformation-user-guide/tree/19dc52cd3f2007d6d268b65b739ffb5ebf8c1e76/doc_source"
date = 2023-09-19

[properties]
"""
# What those pages and RDS's say in their text beside that line, and what they leave open elsewhere and is settled here:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html (a new authority or another
# parameter restarts), https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html (the port too).
# Of the schema's conditional-create-only properties these never replace: RDS modifies an instance in place, and the bastion is in a VPC
# and its volume on EBS, so that it is stopped and started.
IN_PLACE = {
    "AWS::RDS::DBInstance": {
        "AutoMinorVersionUpgrade",
        "BackupRetentionPeriod",
        "CACertificateIdentifier",
        "DBParameterGroupName",
        "MultiAZ",
        "Port",
        "PreferredMaintenanceWindow",
    },
    "AWS::RDS::DBParameterGroup": {"Parameters"},
    "AWS::EC2::Instance": {"InstanceType", "SecurityGroupIds", "UserData"},
}


@cache
def _kept() -> dict[str, list[str]]:
    kept: dict[str, list[str]] = tomllib.loads(TARGET.read_text(encoding="utf-8"))["properties"]
    return kept


def interrupts(kind: str, name: str) -> bool:
    """Whether a change of this property may interrupt what the resource does."""
    return name in IN_PLACE.get(kind, ()) or name in _kept().get(kind, ())


def in_place(kind: str, name: str) -> bool:
    """Whether a change of this property interrupts at the most, though the schema says that it may replace."""
    return name in IN_PLACE.get(kind, ())


def read(folder: Path) -> dict[str, list[str]]:
    """The interrupting properties of each type that some settings render and that has a page there."""
    pages = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("aws-*.md")))
    found = {title[1]: page for page in pages if (title := re.match(r"# (AWS::[\w:]+)[<\n]", page))}
    return {kind: sorted(_interrupting(found[kind])) for kind in sorted(known() & found.keys())}


def _interrupting(page: str) -> list[str]:
    properties = re.findall(r"^`(\w+)`[^\n]*\n.*?^\*Update requires\*: \[?([^\]\n]+)", page, re.DOTALL | re.MULTILINE)
    return [name for name, update in properties if update == "Some interruptions"]


def text(found: dict[str, list[str]]) -> str:
    """The file's text."""
    # An array of strings is written alike in TOML and in JSON.
    return HEAD + "".join(f'"{kind}" = {json.dumps(names)}\n' for kind, names in found.items())


if __name__ == "__main__":
    TARGET.write_text(text(read(Path(sys.argv[1]))), encoding="utf-8")
