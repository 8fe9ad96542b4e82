# h2plan: one command for each thing a person wants. `make help` lists them.

SCENARIO ?= scenarios/wuhan-2030.yaml
PYTHON ?=
INSTANCES ?=
UV ?= uv
LOCK_FLAGS ?=
PYTEST_FLAGS ?=

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PYTHON UV
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV

IN := .venv/bin
# The locks hold for every Python from 3.11 on and every system, with one version of each package.
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-header $(LOCK_FLAGS)

.PHONY: help plan test test-deep docs bench bench-full lock clean

help:
	@echo 'make plan        plan hydrogen stations for Wuhan in 2030; SCENARIO=scenarios/… for another'
	@echo 'make test        format, lint, types, arrows and tests: everything CI runs'
	@echo 'make test-deep   the tests over many more random instances; minutes'
	@echo 'make docs        the pages of docs/ as HTML in build/docs/, the data dictionary from the types'
	@echo 'make bench       times, bounds and ratios of the solvers; small'
	@echo 'make bench-full  the same with the large cases; INSTANCES=folder with published ones (pmed/, cap/, mclp/)'
	@echo 'make lock        write the locks again from pyproject.toml; LOCK_FLAGS=--upgrade for the newest versions'
	@echo 'make clean       remove .venv, caches and builds; results stay'
	@echo
	@echo 'PYTHON=/path/to/python3.12 picks the Python of a new .venv, UV= does without uv, PYTEST_FLAGS="-k name" picks tests.'

plan:
	@sh scripts/set-up.sh core
	@$(IN)/h2plan plan "$(SCENARIO)"

test:
	@sh scripts/set-up.sh dev
	@sh scripts/set-up.sh browser
	@echo '── ruff format' && $(IN)/ruff format --check .
	@echo '── ruff check' && $(IN)/ruff check .
	@echo '── mypy --strict' && $(IN)/python -m mypy --strict h2plan
	@echo '── arrows' && $(IN)/lint-imports --no-logo
	@echo '── pytest' && $(IN)/python -m pytest $(PYTEST_FLAGS)

test-deep:
	@sh scripts/set-up.sh dev
	@sh scripts/set-up.sh browser
	@$(IN)/python -m pytest -m deep $(PYTEST_FLAGS)

docs:
	@sh scripts/set-up.sh dev
	@$(IN)/python scripts/build_docs.py

bench:
	@sh scripts/set-up.sh core
	@$(IN)/python -m benchmarks $(if $(INSTANCES),--instances "$(INSTANCES)")

# Peers that are not installed are named in the table; spopt comes with .venv/bin/pip install -e '.[bench]'.
bench-full:
	@sh scripts/set-up.sh core
	@$(IN)/python -m benchmarks --full --limit 120 $(if $(INSTANCES),--instances "$(INSTANCES)")
	@$(IN)/python -m benchmarks growth --full --limit 120

lock:
	@command -v "$(UV)" >/dev/null || { echo 'h2plan: make lock needs uv; install it with: pip install uv' >&2; exit 1; }
	$(COMPILE) --group build pyproject.toml --output-file requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock

clean:
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
