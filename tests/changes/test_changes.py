"""Changes that adopters make apply, pass every gate without an edit under ci/, and each of their faults is found."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from tests.changes import corpus
from tests.changes.corpus import ROOT
from tests.changes.faults import right
from tests.changes.gates import Answer, Outcome
from tests.conftest import COST

T = TypeVar("T")
# What a reviewer has to see at a glance; a change that is not here opens nothing.
OPENS = {
    "announcements": ("grants service.TaskRole may do sns:Publish on ",),
    "cache": ("types AWS::ElastiCache::ReplicationGroup", "flows service reaches cache on port 6379"),
    "collector": ("grants service.TaskRole may do xray:PutTraceSegments on ",),
    "nightly": (
        "types AWS::Scheduler::Schedule",
        "grants nightly.ScheduleRole may do iam:PassRole on ",
        "flows nightly reaches database on port 5432",
    ),
    "orders": ("flows alb reaches service on port 9000",),
    "partner": (
        "types AWS::SecretsManager::Secret",
        "grants service.TaskRole may do secretsmanager:GetSecretValue on ",
        "names partner.Key is called ",
    ),
    "queue": ("types AWS::SQS::Queue", "grants service.TaskRole may do sqs:SendMessage on "),
    "replica": ("names database.Replica is called ",),
    "sessions": (
        "types AWS::DynamoDB::Table",
        "grants service.TaskRole may do dynamodb:PutItem on ",
        "flows service reaches dynamodb on port 443",
    ),
    "uploads": ("grants service.TaskRole may do s3:PutObject on ",),
    "worker": ("grants worker.TaskRole may do secretsmanager:GetSecretValue on ", "flows worker reaches database on port 5432"),
}
NAMES = corpus.names()
# What the two most frequent ones may cost: facts, flow, setting, environment, contract, layer, and the line where layers are listed.
FILES = {"cache": 7, "queue": 7}


def ask(what: str, name: str, copy: Path, kind: type[T]) -> T:
    """Run the gates in a copy of the project, in a process of its own."""
    command = [sys.executable, "-m", "tests.changes.gates", what, name, str(ROOT)]
    done = subprocess.run(command, cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout, type=kind)


def run(copy: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def changed(name: str, tmp_path: Path) -> Path:
    """A copy of the project with the change."""
    corpus.apply(name, corpus.copied(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with every change."""
    return corpus.combined(NAMES, tmp_path_factory.mktemp("together"), tmp_path_factory.mktemp("alone"))


def passes(answer: Answer) -> None:
    assert not answer.stopped
    assert answer.changed
    assert not answer.lint
    assert not answer.verify
    assert not answer.pictures
    assert {name: (shown.status, shown.said) for name, shown in answer.preview.items() if shown.status} == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_change_passes_every_gate_and_a_reviewer_sees_what_it_opens(name: str, changed: Path) -> None:
    answer = ask("gates", name, changed, Answer)
    passes(answer)
    found = {f"{kind} {each}" for shown in answer.preview.values() for kind, listed in shown.new.items() for each in listed}
    assert [each for each in OPENS.get(name, ()) if not any(shown.startswith(each) for shown in found)] == []
    assert bool(found) == (name in OPENS), found


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_of_a_change_is_found_for_the_right_reason(name: str, changed: Path) -> None:
    outcomes = ask("faults", name, changed, list[Outcome])
    missed = []
    for fault, outcome in zip(corpus.faults(name), outcomes, strict=True):
        hit = fault.stops in outcome.stopped if fault.stops else fault.red is not None and any(right(outcome.found, fault.red))
        if not hit:
            missed.append(f"{fault.what} ({fault.does}) {outcome.stopped or outcome.found or 'Nothing was found.'}")
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("name", NAMES)
def test_a_change_edits_nothing_that_reasons_about_it(name: str, record_property: Callable[[str, object], None]) -> None:
    record_property(COST, f"{len(corpus.edited(name))}  {name:14}  {' '.join(corpus.edited(name))}")
    assert [file for file in corpus.edited(name) if file.startswith(("ci/", "tests/"))] == []
    assert len(corpus.edited(name)) <= FILES.get(name, 8)
    assert len(corpus.faults(name)) >= 6


def test_all_changes_together_pass_every_gate(together: Path) -> None:
    passes(ask("gates", "all", together, Answer))


def test_all_changes_together_are_typed_and_keep_the_import_contracts(together: Path) -> None:
    sources = sorted({file for name in NAMES for file in corpus.edited(name) if file.endswith(".py") and not file.startswith("orders/")})
    run(together, sys.executable, "-m", "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), *sources)
    run(together, sys.executable, "-m", "mypy", "orders")
    run(together, sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())")


def test_all_changes_together_are_looked_up_in_the_references_of_aws(together: Path) -> None:
    """Two services, of which one reads what the other does not: settings that nobody has stop nothing."""
    run(together, sys.executable, "-m", "ci.generators.references")
    run(together, sys.executable, "generate.py")
    run(together, sys.executable, "-m", "ci", "verify")
    run(together, sys.executable, "-m", "ci.generators.layers_page")
    run(together, sys.executable, "-m", "ci.generators.changes_page")
