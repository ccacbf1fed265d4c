"""What gunicorn serves: Django behind the edge, with an end to every wait on the database."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from books_api.runtime import deadline
from books_api.runtime.database.slots import Slots
from books_api.runtime.edge import Edge

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "books_api.settings")

deadline.install()
django = get_wsgi_application()
application = Edge(django, Slots(int(os.environ.get("WEB_THREADS", "4"))))
# Loaded now, before the workers are made, and not by the first request.
import_module(settings.ROOT_URLCONF)
