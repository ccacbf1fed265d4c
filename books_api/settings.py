"""Django's settings, all from the environment that the task definition sets."""

import os
import secrets
from pathlib import Path
from typing import Any

from corsheaders.defaults import default_headers
from psycopg2.extensions import parse_dsn

from books_api.runtime import logs


def _words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


ENVIRONMENT = os.environ.get("ENVIRONMENT", "dev")

# Nothing is signed across processes (no session, no form, no token), so the key needs no store, and no rotation.
SECRET_KEY = secrets.token_urlsafe(50)
DEBUG = False
ALLOWED_HOSTS = _words("ALLOWED_HOSTS")
ROOT_URLCONF = "books_api.urls"
WSGI_APPLICATION = "books_api.wsgi.application"
USE_TZ = True
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = ["books_api.catalogue", "books_api.runtime", "corsheaders", "drf_spectacular"]
CORS_ALLOWED_ORIGINS = _words("CORS_ALLOWED_ORIGINS")
MIDDLEWARE = [
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "django.middleware.security.SecurityMiddleware",
    "books_api.runtime.middleware.known_host",
]

# The gateway's word on how the caller reached it; the load balancer overwrites X-Forwarded-Proto.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_PUBLIC_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # frames: the documentation's Content-Security-Policy forbids them
    "security.W003",  # cross-site requests: there is no cookie that one could abuse
    "security.W005",  # subdomains: the domain above may be shared with others
    "security.W008",  # redirects to TLS: the gateway speaks nothing else
    "security.W021",  # preloading: as with subdomains
]

CORS_ALLOW_HEADERS = (*default_headers, "if-match", "if-none-match")
CORS_EXPOSE_HEADERS = ("ETag", "Location", "Retry-After")

# Times fall on the way to the database: the gateway gives up after 29 s, gunicorn after 25 s, a statement after 10 s.
_SESSION = {
    # A failover leaves the old primary's name pointing at nobody, or at a server that takes no writes.
    "target_session_attrs": "read-write",
    "connect_timeout": 2,
    # A host that vanishes says no goodbye: within 3 s the kernel notices, idle or waiting for an answer.
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 2000,
}
_LIMITS = "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s"


def _databases() -> dict[str, dict[str, Any]]:
    # Kept for good: connections that all come of age at once would have to be opened again in the middle of a rotation.
    database: dict[str, Any] = {"ENGINE": "books_api.runtime.database", "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
    if host := os.environ.get("DATABASE_HOST"):
        database |= {
            "HOST": host,
            "PORT": os.environ["DATABASE_PORT"],
            "NAME": os.environ["DATABASE_NAME"],
            "SECRET_ARN": os.environ["DATABASE_SECRET_ARN"],
        }
        authorities = os.environ.get("DATABASE_CA_FILE") or str(Path(__file__).parent / "runtime" / "rds-ca.pem")
        session = _SESSION | {"sslmode": "verify-full", "sslrootcert": authorities}
    elif url := os.environ.get("DATABASE_URL"):
        dsn = parse_dsn(url)
        database |= {name.upper(): dsn.pop(name) for name in ("host", "port", "user", "password") if name in dsn}
        database["NAME"] = dsn.pop("dbname", "postgres")
        session = _SESSION | dsn
    else:
        return {}
    return {
        # Requests: limited in time, and without the right to change the schema.
        "default": database | {"OPTIONS": session | {"options": _LIMITS, "assume_role": "books_app"}},
        # Migrations: as the role that owns the tables.
        "owner": database | {"OPTIONS": session, "TEST": {"MIRROR": "default"}},
    }


DATABASES = _databases()

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # the gateway authorizes, before a request gets here
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "books_api.runtime.formats.OneFormat",
    "DEFAULT_RENDERER_CLASSES": ["books_api.runtime.formats.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["books_api.runtime.formats.JSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "books_api.runtime.errors.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AWSome Books",
    "DESCRIPTION": "Find and maintain a university's teaching material.",
    "VERSION": "1.1.0",
    "OAS_VERSION": "3.0.3",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "editor": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Checked by the API gateway."},
        },
    },
}

LOGGING = logs.CONFIG
