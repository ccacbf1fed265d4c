"""What the worker and the edge tell each other about the client whose request a thread has at hand."""

import threading
from collections.abc import Callable
from enum import Enum


class Part(Enum):
    """What a client has to do next; the value is the seconds that it has for it. A balancer needs an instant."""

    SEND = 5.0
    READ = 10.0
    NOTHING = float("inf")


class Client(threading.local):
    """Told by the worker; without one (in tests of the edge alone) nobody waits."""

    # Seconds that the request waited for a thread.
    queued = 0.0
    # The edge says so when the request is here, and when the answer is ready.
    has_to: Callable[[Part], object] = staticmethod(lambda part: None)


current = Client()
