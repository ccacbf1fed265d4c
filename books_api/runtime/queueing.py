"""What the worker and the edge tell each other about the request that a thread has at hand."""

import threading
from collections.abc import Callable

# Less than three seconds together with the second in which the worker looks: the queue stays short, and recovers by itself.
MAX_QUEUE_SECONDS = 1.5


class Current(threading.local):
    """The request at hand, as told by the worker; without one (in tests of the edge alone) it waited for nothing."""

    queued_seconds = 0.0
    # The edge calls it when head and body are here, and the client has nothing more to do with it.
    was_read: Callable[[], object] = staticmethod(lambda: None)


current = Current()
