"""Asks the service in this container whether it is alive; the exit status says it."""

import os
import urllib.request

urllib.request.urlopen(f"http://127.0.0.1:{os.environ.get('PORT', '9000')}/alive", timeout=4).read()
