"""The Books service: a university's students find teaching material, and a few editors maintain the catalogue."""

import os

# The image sets SERVICE_VERSION; a test holds the fallback equal to the version in setup.cfg.
__version__ = os.environ.get("SERVICE_VERSION") or "0.1.0"
