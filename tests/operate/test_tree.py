"""The tree of a deployment: on a real pseudo-terminal against the endpoint, and what fits of it by generated events."""

import re
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from ci.deployed.environment import Deployed
from ci.deployed.events import NESTED, Event
from ci.deployed.tree import Stacks
from tests.deployment.account import Account
from tests.deployment.dev import ROOT, STACK
from tests.operate.conftest import intercept
from tests.operate.terminal import Terminal
from tests.operate.test_preflight import bootstrap
from tests.operate.test_release import BROKEN, push, write

START = datetime(2026, 1, 1, tzinfo=UTC)
DEPLOYED = Deployed("dev", ROOT)
LAYERS = [name for layer, name in DEPLOYED.descriptions if layer == "root"]
RESOURCES = [label for label in DEPLOYED.descriptions if label[0] in LAYERS]
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7])[;m]")


def deploy(account: Account, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "ci", "deploy", "dev", "--image", "0.1.0", "--project", str(account.folder), *arguments]


@pytest.mark.usefixtures("run")
def test_on_a_terminal(account: Account) -> None:
    bootstrap(account)
    push(account, "0.1.0")
    terminal = Terminal(deploy(account), 80, 24)
    assert terminal.end() == 0, terminal.text
    shown = terminal.text.splitlines()
    [root] = [line for line in shown if line.startswith(STACK)]
    assert re.fullmatch(rf"{STACK} +CREATE_COMPLETE +123 of 123 done +\d+:\d\d", root)
    for layer in LAYERS:
        assert len([line for line in shown if re.search(rf"─ {layer} +CREATE_COMPLETE +.{{12,}} \d+:\d\d$", line)]) == 1, layer
    assert shown[-2].startswith("Deployed in ")
    assert shown[-1] == account.stack(STACK)["Outputs"]["ApiUrl"]
    # Resources do not scroll by.
    assert b"  CREATE_COMPLETE       Database/Instance" not in terminal.written
    assert COLOUR.search(terminal.written)
    assert not terminal.screen.cursor.hidden

    write(account, *BROKEN)
    terminal = Terminal(deploy(account), 120, 40, NO_COLOR="1")
    assert terminal.end() == 1
    assert re.search(r"─ Instance +UPDATE_\w+ +PostgreSQL in one zone", terminal.text), terminal.text
    # Below the resource, wrapped between the tree's guides; the cause itself follows once the tree is left.
    assert re.search(r"─ Instance .*\n.*└── Properties validation failed", terminal.text), terminal.text
    assert "The cause: Database/Instance (PostgreSQL in one zone): UPDATE_FAILED: " in terminal.text
    assert not COLOUR.search(terminal.written)


@pytest.mark.usefixtures("run")
def test_control_c(account: Account) -> None:
    """It is the watching that ends, and the terminal is as it was."""
    bootstrap(account)
    push(account, "0.1.0")
    intercept(account, "exec sleep 60")
    terminal = Terminal(deploy(account), 80, 24)
    assert "not begun: Api, Bastion, Dashboard, Database" in terminal.until(lambda text: "not begun" in text)
    assert terminal.screen.cursor.hidden
    terminal.press(b"\x03")
    assert terminal.end() == 1
    # The change set was not made yet.
    assert f"You stopped watching. Nothing goes on: {STACK} is not there." in terminal.text
    assert "Again: python -m ci deploy dev --image 0.1.0" in terminal.text
    assert not terminal.screen.cursor.hidden


def event(layer: str, logical_id: str, status: str, seconds: int, reason: str = "", *, itself: bool = False) -> Event:
    kind = NESTED if layer == "root" else "AWS::Any::Kind"
    return Event(layer, logical_id, "id", kind, status, reason, START + timedelta(seconds=seconds), itself)


def drawn(stacks: Stacks, columns: int = 80, lines: int = 24) -> list[str]:
    console = Console(file=StringIO(), width=columns, height=lines, force_terminal=True, no_color=True)
    with console.capture() as capture:
        console.print(stacks)
    return re.sub(r"\x1b\[[\d;]*m", "", capture.get()).splitlines()


def stacks(*events: Event) -> Stacks:
    found = Stacks(DEPLOYED, lambda: START + timedelta(seconds=600))
    found.take([event("root", STACK, "CREATE_IN_PROGRESS", 0, itself=True)])
    found.take([event("root", layer, "CREATE_IN_PROGRESS", 1) for layer in LAYERS])
    found.take(events)
    return found


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(RESOURCES), st.sampled_from(("IN_PROGRESS", "FAILED", "COMPLETE")))), st.integers(16, 60))
def test_it_fits(happened: list[tuple[tuple[str, str], str]], lines: int) -> None:
    """Whatever happens to all of the resources."""
    events = [event(*label, f"CREATE_{status}", 2 + at, "too long " * 30) for at, (label, status) in enumerate(happened)]
    shown = drawn(stacks(*events), lines=lines)
    assert len(shown) < lines
    assert max(map(len, shown)) <= 80
    assert all(any(f"─ {layer} " in line for line in shown) for layer in LAYERS)


def test_what_stands_out() -> None:
    busy = [event(*label, "CREATE_IN_PROGRESS", 2 + at) for at, label in enumerate(RESOURCES)]
    done = [event(layer, name, "CREATE_COMPLETE", 300) for layer, name in RESOURCES if layer == "Network"]
    failed = event("Database", "Instance", "CREATE_FAILED", 400, "No such class")
    rolled_back = event("Database", "Instance", "DELETE_COMPLETE", 500)
    shown = drawn(stacks(*busy, *done, event("root", "Network", "CREATE_COMPLETE", 301), failed, rolled_back))
    # Finished: one line, with how long it took.
    assert [line for line in shown if "Network" in line] == [next(line for line in shown if line.endswith(" 5:00"))]
    at = next(at for at, line in enumerate(shown) if "─ Instance " in line)
    assert "No such class" in shown[at + 1]
    # What takes longest, and how much more there is.
    first = next(name for layer, name in RESOURCES if layer == "Api")
    assert any(re.search(rf"─ {first} +CREATE_IN_PROGRESS .* 9:\d\d$", line) for line in shown)
    assert any(re.search(r"─ Service +CREATE_IN_PROGRESS 0 of 20 done, 20 more", line) for line in shown), shown


def test_what_was_cancelled_is_no_failure() -> None:
    shown = drawn(stacks(event("Api", "Stage", "CREATE_FAILED", 3, "Resource creation cancelled")))
    assert not [line for line in shown if "Stage" in line]


@pytest.mark.usefixtures("run")
def test_a_terminal_that_can_do_nothing_gets_lines(account: Account) -> None:
    bootstrap(account)
    push(account, "0.1.0")
    terminal = Terminal(deploy(account), 160, 24, TERM="dumb")
    assert terminal.end() == 0
    assert b"CREATE_COMPLETE       Database/Instance                   PostgreSQL in one zone" in terminal.written
    assert b"\x1b" not in terminal.written
