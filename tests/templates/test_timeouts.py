"""gunicorn's times fit into the platform's, which templates/timeouts.py orders."""

import runpy

from templates import timeouts
from tests.settings import ROOT

GUNICORN = runpy.run_path(str(ROOT / "books_api" / "gunicorn.conf.py"))


def test_the_service_keeps_a_connection_for_longer_than_the_balancer() -> None:
    assert GUNICORN["keepalive"] > timeouts.ALB_IDLE


def test_a_worker_that_hangs_ends_when_the_longest_request_does() -> None:
    assert GUNICORN["timeout"] == timeouts.REQUEST < timeouts.GATEWAY


def test_a_task_that_leaves_finishes_what_it_accepted() -> None:
    assert timeouts.REQUEST <= GUNICORN["graceful_timeout"] < timeouts.STOP
    assert timeouts.REQUEST <= timeouts.DEREGISTRATION < timeouts.STOP
