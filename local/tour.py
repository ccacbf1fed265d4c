"""What the reader of the demo is invited to type, step by step; tests/journey types it too."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from local.demo import Demo

SHELF = '''\
"""Where a book is found; the books that are there already have no such place, and PostgreSQL will say so."""

from django.db import migrations


class Migration(migrations.Migration):
    """A column that must have a value, and has none."""

    dependencies = [("catalogue", "{before}")]
    operations = [migrations.RunSQL("ALTER TABLE catalogue_book ADD COLUMN shelf text NOT NULL")]
'''
MIGRATIONS = "books_api/catalogue/migrations"


class Step(NamedTuple):
    """Commands for a terminal, and what to see in them. `failing` are those that are to fail."""

    title: str
    text: str
    commands: Sequence[str]
    failing: Sequence[str] = ()


def deployment(demo: Demo) -> Sequence[Step]:
    """What the demo does by itself: from an empty account to an API that answers."""
    options = " --network=host" if demo.engine == "docker" else ""
    return (
        Step(
            "An empty account",
            "Preflight finds what would stop a deployment, and says how to mend it.",
            ["python -m ci preflight dev", "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"],
            failing=["python -m ci preflight dev"],
        ),
        Step(
            "An image in a registry",
            "The first deployment makes the registry, and asks for the image.",
            [
                f"python -m ci image build 1.0.0 --for dev{options}",
                "python -m ci deploy dev --image 1.0.0",
                "python -m ci image push dev 1.0.0",
            ],
            failing=["python -m ci deploy dev --image 1.0.0"],
        ),
        Step("Deploy", "All stacks, in their order.", ["python -m ci deploy dev --image 1.0.0"]),
    )


def steps(demo: Demo) -> Sequence[Step]:
    """What the reader does."""
    options = " --network=host" if demo.engine == "docker" else ""
    migration = _shelf(demo.project, demo.folder)
    return (
        Step("Look around", "Everything answers.", ["python -m ci status dev", "python -m ci smoke dev"]),
        Step(
            "Change settings",
            "New versions are to take over in steps of 20 percent, and the database is to have a standby. "
            "Preview says what that does, how long it takes at AWS, and what it costs there.",
            [
                'perl -pi -e \'s/strategy = "rolling"/strategy = "linear"\\nstep_percent = 20\\nstep_minutes = 2/; '
                "s/multi_zone = false/multi_zone = true/' environments/dev.toml",
                "python generate.py dev",
                "python -m ci preview dev --against live",
                "python -m ci deploy dev --image 1.0.0",
                "git commit --quiet --all --message 'A standby, and versions that take over step by step'",
            ],
        ),
        Step(
            "Release 1.1.0",
            "Watch the other terminal: the listener's weights move from blue to green, and so do the answers.",
            [
                "perl -pi -e 's/Welcome to AWSome Books/Welcome back to AWSome Books/' books_api/catalogue/views.py",
                "git commit --quiet --all --message 'Greet those who come again'",
                f"python -m ci release 1.1.0 dev{options}",
                "python -m ci deploy dev --image 1.1.0",
            ],
        ),
        Step(
            "Release what does not work",
            "1.2.0 has a migration that the books in the database do not allow. Its tasks never start: the deployment is stopped and "
            "rolled back, and you are told the cause. Users notice nothing.",
            [
                f"cp ../{migration} {MIGRATIONS}/",
                f"git add {MIGRATIONS}",
                "git commit --quiet --message 'Where a book is found'",
                f"python -m ci release 1.2.0 dev{options}",
                "python -m ci deploy dev --image 1.2.0",
                "python -m ci status dev",
                "git revert --no-edit HEAD",
            ],
            failing=["python -m ci deploy dev --image 1.2.0"],
        ),
        Step(
            "Lose the database's primary",
            "Its processes are killed. RDS fails over to the standby; the service finds it by itself.",
            ['kill -9 "$(head -1 ../databases/awsome-books-dev/postmaster.pid)"', "sleep 5", "python -m ci smoke dev"],
        ),
        Step(
            "Restore",
            "A second database, with the data as it was some seconds ago, beside the one that runs; and away with it.",
            [
                "python -m ci restore dev",
                "python -m ci restore dev --to latest",
                "for id in $(aws rds describe-db-instances --query 'DBInstances[].DBInstanceIdentifier' --output text); do "
                'case "$id" in *-at-*) aws rds delete-db-instance --db-instance-identifier "$id" --skip-final-snapshot '
                "--query DBInstance.DBInstanceIdentifier ;; esac; done",
            ],
        ),
        Step(
            "Destroy",
            "All goes, but for a last snapshot of the database.",
            [
                "echo awsome-books-dev | python -m ci destroy dev",
                "aws rds describe-db-snapshots --query 'DBSnapshots[].DBSnapshotIdentifier'",
            ],
        ),
    )


def _shelf(project: Path, folder: Path) -> str:
    """Write the migration that cannot work; its name."""
    found = sorted(path.stem for path in (project / MIGRATIONS).glob("0*.py"))
    match = re.match(r"\d+", found[-1])
    assert match
    name = f"{int(match[0]) + 1:04}_shelf.py"
    (folder / name).write_text(SHELF.format(before=found[-1]), encoding="utf-8")
    return name
