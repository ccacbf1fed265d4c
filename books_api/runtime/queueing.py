"""How long the request at hand waited for its thread: noted by the worker, read by the edge."""

import threading

queued = threading.local()
