"""Django's PostgreSQL backend for a database that fails over and whose password rotates."""
