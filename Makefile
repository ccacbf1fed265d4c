# `make help` lists the targets.
.DEFAULT_GOAL := all
.PHONY: all help setup render lint verify test golden benchmark benchmark-service lock openapi serve

VENV := .venv
PYTHON := $(VENV)/bin/python

all: render lint verify  ## set up, render every environment into output/, lint and verify it (the default)

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-18s %s\n", $$1, $$2}'

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

verify: $(VENV)/.stacks  ## prove that output/ will work, stays private and loses nothing
	$(PYTHON) -m ci verify

test: $(VENV)/.dev  ## set up and run every check and test
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) generate.py --check
	$(PYTHON) -m ci verify
	$(PYTHON) -m pytest -n auto

golden: $(VENV)/.dev  ## make anew what is made from code: permissions, actions, output/, tables, lists, pictures
	$(PYTHON) -m ci.permissions
	$(PYTHON) generate.py
	$(PYTHON) -m ci.actions
	$(PYTHON) -m ci.settings_table
	$(PYTHON) -m ci.rule_list
	$(PYTHON) -m ci.changes.schemas
	$(PYTHON) -m ci.costs_table
	$(PYTHON) -m ci.layers_page
	$(PYTHON) -m ci draw

benchmark: $(VENV)/.dev  ## measure what rendering costs, beside its floor
	$(PYTHON) -m benchmarks.rendering

LOCK = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' setup.cfg
lock: | $(VENV)/bin/python  ## compile requirements/*.txt from setup.cfg
	$(PYTHON) -m pip install --quiet uv
	$(LOCK) --all-extras --output-file requirements/dev.txt
	$(LOCK) --extra stacks --constraint requirements/dev.txt --output-file requirements/stacks.txt
	$(LOCK) --extra service --constraint requirements/dev.txt --output-file requirements/service.txt

benchmark-service: $(VENV)/.dev  ## measure the service beside a ModelViewSet, FastAPI and the floor
	$(PYTHON) -m benchmarks.service

openapi: $(VENV)/.dev  ## write books_api/openapi.json from the code
	$(PYTHON) books_api/manage.py spectacular --format openapi-json --validate --fail-on-warn --file books_api/openapi.json

serve: $(VENV)/.dev  ## run the service here, on a real PostgreSQL with demo books
	$(PYTHON) -m books_api.serve
