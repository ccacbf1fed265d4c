# The service. The same image migrates the database: the task definition gives that container another command.
ARG PYTHON_IMAGE=public.ecr.aws/docker/library/python:3.13-slim

FROM ${PYTHON_IMAGE} AS dependencies
# pip stays behind, in a venv of its own.
RUN python -m venv --without-pip /venv && python -m venv /pip
COPY requirements/service.txt /
# A mirror or a private index is a secret of the build: --secret id=pip,src=pip.conf
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/etc/pip.conf \
    /pip/bin/pip --python /venv/bin/python install --no-compile --require-hashes --only-binary :all: --requirement /service.txt
# What the service never asks for is half of it: translations, the services of AWS that it does not call, Django's maps and assets,
# a second view of the API document, the numbers of countries.
RUN find /venv -name '*.[mp]o' -delete -o -name '*.map' -delete && \
    find /venv -type d -name tests -prune -exec rm -r {} + && \
    find /venv/lib/*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name secretsmanager \
        -exec rm -r {} + && \
    find /venv/lib/*/site-packages/stdnum -mindepth 1 -maxdepth 1 -type d -exec rm -r {} + && \
    rm -r /venv/lib/*/site-packages/django/contrib/*/static /venv/lib/*/site-packages/django/contrib/gis \
          /venv/lib/*/site-packages/rest_framework/static /venv/lib/*/site-packages/drf_spectacular_sidecar/static/*/redoc
# Bytecode of all that a start imports, since a read-only root keeps none later.
ENV PATH=/venv/bin:$PATH PYTHONPYCACHEPREFIX=/app/.pycache AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
RUN python -c 'import boto3, django.core.management.commands.migrate, gunicorn.glogging, gunicorn.workers.gthread; \
               boto3.client("secretsmanager")'

FROM dependencies AS app
WORKDIR /app
COPY books_api books_api
# The rest of the bytecode; and what cannot start fails here.
RUN export DATABASE_HOST=- DATABASE_PORT=- DATABASE_NAME=- DATABASE_SECRET_ARN=- && \
    python books_api/manage.py check && \
    python books_api/manage.py migrate_safely --help && \
    python books_api/manage.py import_books --help && \
    python -m gunicorn --check-config --config books_api/gunicorn.conf.py && \
    python -c 'import books_api.healthcheck, books_api.runtime.worker'

FROM ${PYTHON_IMAGE} AS system
# No installer, no way to become root. The agents of ECS Exec are root, and write to these folders.
RUN dpkg --purge --force-all apt passwd perl-base sqv && \
    find / -xdev -depth \( -name __pycache__ -o -name ensurepip -o -name 'pip-*' -o -path '*/site-packages/pip' -o -path '*/bin/pip*' \) \
        -exec rm -r {} + && \
    find / -xdev -type f -perm /6000 -exec chmod a-s {} + && \
    mkdir -p /managed-agents /var/lib/amazon/ssm /var/log/amazon/ssm

# Anew, so that what was removed is not in a layer below.
FROM scratch
# hadolint ignore=DL3067
COPY --from=system / /
COPY --from=dependencies /venv /venv
COPY --from=app /app /app
WORKDIR /app
VOLUME ["/tmp", "/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"]
USER 10001:10001
CMD ["python", "-m", "gunicorn", "--config", "books_api/gunicorn.conf.py"]
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONPYCACHEPREFIX=/app/.pycache SERVICE_VERSION=${VERSION}
LABEL org.opencontainers.image.title="AWSome Books" \
      org.opencontainers.image.licenses=MIT \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.source=${SOURCE}
