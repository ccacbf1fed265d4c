"""Clients that keep asking, and remember every answer."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import requests

from tests.service.process import HOST


@dataclass(frozen=True)
class Answer:
    """What one request came to; status 0 is no answer at all."""

    started: float
    seconds: float
    status: int
    isbn: str
    headers: dict[str, str]
    error: str = ""


class Load:
    """So many clients, each with its own connection, asking until the block ends."""

    def __init__(self, clients: int, ask: Callable[[requests.Session, int], tuple[str, requests.Response]]) -> None:
        self.ask = ask
        self.answers: list[Answer] = []
        self._stop = threading.Event()
        self._next = iter(range(10**9)).__next__
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self) -> None:
        with requests.Session() as session:
            session.headers["Host"] = HOST
            session.trust_env = False
            session.verify = False
            while not self._stop.is_set():
                started = time.monotonic()
                try:
                    isbn, answer = self.ask(session, self._next())
                except requests.RequestException as error:
                    self.answers.append(Answer(started, time.monotonic() - started, 0, "", {}, repr(error)))
                else:
                    self.answers.append(Answer(started, time.monotonic() - started, answer.status_code, isbn, dict(answer.headers)))

    def failed(self) -> list[Answer]:
        """The answers that a user would call a failure."""
        return [answer for answer in self.answers if answer.status == 0 or answer.status >= 500]

    def figures(self) -> dict[str, Any]:
        """How many, how fast."""
        seconds = sorted(answer.seconds for answer in self.answers)
        return {"requests": len(seconds), "failed": len(self.failed()), "slowest": round(seconds[-1], 2)}
