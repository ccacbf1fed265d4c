"""What the worker relies on inside gunicorn: a version that moves any of it fails here, before it fails under load."""

import hashlib
import inspect
from typing import Any

import pytest
from gunicorn import util
from gunicorn.workers import gthread
from gunicorn.workers.base import Worker as BaseWorker

from books_api.runtime.worker import Worker
from tests.service.process import ROOT

# gunicorn's code as it was when the worker was written for it.
READ = {
    "ThreadWorker.__init__": "5681b8b542ea",
    "ThreadWorker.run": "f92c7394d857",
    "ThreadWorker.accept": "f8dcead3dce5",
    "ThreadWorker.enqueue_req": "c9f428953d24",
    "ThreadWorker.on_client_socket_readable": "aead1a3ea7b7",
    "ThreadWorker.on_pending_socket_readable": "2475f7087832",
    "ThreadWorker.murder_keepalived": "4459960c4ccc",
    "ThreadWorker.murder_pending": "7bf11f464542",
    "ThreadWorker.handle": "ca85c9be3df7",
    "ThreadWorker.finish_request": "616e7bb15a00",
    "TConn": "e3a2878ba952",
}
OVERRIDES = sorted(name for name, value in vars(Worker).items() if inspect.isfunction(value) and hasattr(gthread.ThreadWorker, name))


def _digest(code: Any) -> str:
    return hashlib.sha256(inspect.getsource(code).encode()).hexdigest()[:12]


@pytest.mark.parametrize("name", READ)
def test_gunicorns_code_is_what_the_worker_was_written_for(name: str) -> None:
    owner, _, function = name.partition(".")
    code = getattr(gthread, owner)
    assert _digest(getattr(code, function) if function else code) == READ[name], (
        f"gunicorn's {name} has changed: read the change, hold books_api/runtime/worker.py against it, and note the new digest"
    )


def test_what_the_worker_borrows_is_what_it_was_written_for() -> None:
    assert _digest(util.close_graceful) == "0e5925bfc017"
    assert _digest(BaseWorker.handle_error) == "75426448389b"
    assert gthread.STOP_KEEPALIVE_LINGER == 2


@pytest.mark.parametrize("name", OVERRIDES)
def test_each_override_is_called_as_gunicorn_calls_its_own(name: str) -> None:
    ours, theirs = (list(inspect.signature(getattr(kind, name)).parameters) for kind in (Worker, gthread.ThreadWorker))
    assert ours == theirs or name == "__init__"


def test_the_page_says_what_each_override_is_for() -> None:
    rows = [line for line in (ROOT / "docs" / "service.md").read_text().splitlines() if line.startswith("| `")]
    named = {line.split("`")[1] for line in rows}
    assert set(OVERRIDES) - {"__init__"} <= named
