"""The service's settings with the linter of migrations added, which the service itself does not need."""

from books_api.settings import *  # noqa: F403 as settings are extended

INSTALLED_APPS += ["django_migration_linter"]  # noqa: F405 from there
# The linter asks a database for the SQL, and runs none of it.
