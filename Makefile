# `make help` lists the targets.
.DEFAULT_GOAL := all
.PHONY: all help setup render lint test golden benchmark lock openapi serve

VENV := .venv
PYTHON := $(VENV)/bin/python

all: render lint  ## set up, render every environment into output/ and lint it (the default)

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/.stacks  ## create .venv with what rendering and linting need

$(VENV)/bin/python:
	python3 -m venv $(VENV)

$(VENV)/.stacks: requirements/stacks.txt | $(VENV)/bin/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@ $(VENV)/.stacks

render: $(VENV)/.stacks  ## render environments/*.toml into output/
	$(PYTHON) generate.py

lint: $(VENV)/.stacks  ## run cfn-lint on output/
	$(VENV)/bin/cfn-lint

test: $(VENV)/.dev  ## set up and run every check and test
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) generate.py --check
	$(PYTHON) -m pytest -n auto

golden: $(VENV)/.dev  ## make anew what is made from code: permissions, output/, the table of settings
	$(PYTHON) -m ci.permissions
	$(PYTHON) generate.py
	$(PYTHON) -m ci.settings_table

benchmark: $(VENV)/.dev  ## measure what rendering costs, beside its floor
	$(PYTHON) -m benchmarks.rendering

LOCK = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' setup.cfg
lock: | $(VENV)/bin/python  ## compile requirements/*.txt from setup.cfg
	$(PYTHON) -m pip install --quiet uv
	$(LOCK) --all-extras --output-file requirements/dev.txt
	$(LOCK) --extra stacks --constraint requirements/dev.txt --output-file requirements/stacks.txt
	$(LOCK) --extra service --constraint requirements/dev.txt --output-file requirements/service.txt

openapi: $(VENV)/.dev  ## write books_api/openapi.json from the code
	$(PYTHON) books_api/manage.py spectacular --format openapi-json --validate --fail-on-warn --file books_api/openapi.json

serve: $(VENV)/.dev  ## run the service here, on a real PostgreSQL with demo books
	$(PYTHON) -m books_api.serve
