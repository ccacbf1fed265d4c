#!/usr/bin/env python
"""Django's command line, from the repository's root: python books_api/manage.py <command>."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # The interpreter put this script's folder first on the path; the package that it belongs to is one level up.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "books_api.settings")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
