# The one list of commands. `up` and `test` set up by themselves; nothing else has to be installed.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Any Python from 3.11 on; PYTHON=/path/to/python3.12 picks another one.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=
WORKERS ?= 2

# A fleet is a dozen processes: where this is set, each of them compiles everything anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup setup-dev up test test-long test-cluster test-compose test-fast check format cover cover-grading cover-flights bench lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "holdfast needs Python 3.11 or newer: install it or pass PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing: on Debian, apt install python3-venv"; exit 2; }

$(VENV)/.installed: requirements.lock pyproject.toml hatch_build.py src/holdfast/platform/balancer/_fast_path.c | $(BIN)/python
	@echo "installing holdfast into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "installing the test tools into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.installed ## install holdfast and what it needs into .venv

setup-dev: $(VENV)/.installed-dev ## the same, with the test tools

up: setup ## run everything on this machine (ARGS="--host 0.0.0.0 --time-scale 0.01")
	@exec $(BIN)/holdfast up $(ARGS)

IN_PARALLEL := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: setup-dev ## all tests but the long ones, those of the database cluster and of containers
	$(IN_PARALLEL) -m "not long and not cluster and not compose" $(ARGS)

test-long: setup-dev ## fleets under load, killed, restored; programs of students; every page by axe-core
	$(IN_PARALLEL) -m long $(ARGS)

test-cluster: setup-dev ## the tests that break a database cluster: minutes
	$(BIN)/python -m pytest -m cluster $(ARGS)

test-compose: setup-dev ## both data centres of deploy/compose.yaml, with Docker: minutes
	$(BIN)/python -m pytest -m compose $(ARGS)

test-fast: setup-dev ## only the tests that start no process and no browser
	$(BIN)/python -m pytest -m "not long and not processes and not browser and not cluster and not compose" $(ARGS)

check: setup-dev ## format, lint, types, import contracts, dependencies
	$(BIN)/ruff format --check src tests bench hatch_build.py
	$(BIN)/ruff check src tests bench hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

format: setup-dev ## format the code
	$(BIN)/ruff format src tests bench hatch_build.py
	$(BIN)/ruff check --fix src tests bench hatch_build.py

cover: setup-dev ## the pure shelves must be covered branch by branch
	$(BIN)/coverage erase
	$(MAKE) --no-print-directory -j2 cover-grading cover-flights
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --fail-under=100 --skip-covered --show-missing

cover-grading:
	$(BIN)/coverage run -p --source=holdfast.grading.wire,holdfast.grading.domain \
		-m pytest -q tests/grading/wire tests/grading/domain

# the view models of flights' pages: figures, filters, wishes, words
PAGES_NAMES := figures filters flight_query flight_view itineraries languages links places price_news \
	results_view search_form wish
PAGES_PURE := holdfast.flights.pages.words$(subst $() ,,$(PAGES_NAMES:%=,holdfast.flights.pages.%))
PAGES_TESTS := tests/flights/pages/words $(PAGES_NAMES:%=tests/flights/pages/test_%.py)

cover-flights:
	$(BIN)/coverage run -p --source=holdfast.flights.wire,holdfast.flights.domain,$(PAGES_PURE),holdfast.platform.cache.aging,holdfast.platform.data.routing,holdfast.platform.data.addresses \
		-m pytest -q tests/flights/wire tests/flights/domain $(PAGES_TESTS) tests/platform/cache tests/platform/data/test_routing.py tests/platform/data/test_addresses.py

bench: setup-dev ## measure; figures are summarised in docs/reference/performance.md
	$(BIN)/python -m bench $(ARGS)

lock: setup-dev ## make both lock files anew from pyproject.toml
	$(BIN)/python -m venv $(VENV)/lock && $(VENV)/lock/bin/pip --quiet install uv
	printf 'hatchling\neditables\n' > $(VENV)/build.in
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate -o requirements.lock pyproject.toml $(VENV)/build.in
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml $(VENV)/build.in

clean: ## remove the environment and caches; data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
