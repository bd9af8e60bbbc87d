# Amuna's targets; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
AIRFLOW := .venv-airflow
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup setup-all setup-airflow demo test check format bench diagrams clean clean-kernels

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Amuna needs Python 3.11 or newer; name one with: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing the core into $(VENV) …"
	@$(INSTALL) --editable . || $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/all: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing the core and every extra into $(VENV) …"
	@$(INSTALL) --editable '.[dev]' || $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/core

$(AIRFLOW)/ready: deploy/airflow/constraints.txt | $(BIN)/python
	@echo "Installing Airflow into $(AIRFLOW) …"
	@$(UV) venv --quiet --clear --python $(BIN)/python $(AIRFLOW)
	@$(UV) pip install --quiet --python $(AIRFLOW)/bin/python --constraint deploy/airflow/constraints.txt apache-airflow
	@touch $@

setup: $(VENV)/core ## Install the core into .venv

setup-all: $(VENV)/all ## Install the core and every extra into .venv

setup-airflow: $(AIRFLOW)/ready ## Install Airflow into an environment of its own, .venv-airflow

demo: $(VENV)/core ## Simulate 27,000 clients, train, live through two weeks, and open the doors (CI=true: ask each, and stop)
	@$(BIN)/amuna demo demo
	@$(BIN)/amuna --workspace demo serve $(if $(CI),--check)

test: $(VENV)/all $(AIRFLOW)/ready ## Run every test
	@$(BIN)/python -m pytest

check: $(VENV)/all ## Format, lint, types, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/all ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/all ## Measure everything docs/benchmarks.md quotes (over an hour)
	@for benchmark in arima accuracy fleet fetch stream faults refresh periods alarms advice plan bwdf reconcile api pages; do $(BIN)/python benchmarks/$$benchmark.py || exit 1; done

diagrams: ## Draw docs/diagrams/*.dot into docs/images (needs Graphviz: apt-get install graphviz)
	@for name in $(basename $(notdir $(wildcard docs/diagrams/*.dot))); do dot -Tsvg docs/diagrams/$$name.dot -o docs/images/$$name.svg; done

clean-kernels: ## Forget compiled kernels, after editing one
	@find src -name '*.nb[ic]' -delete

clean: ## Remove .venv, demo and caches
	@rm -rf $(VENV) $(AIRFLOW) demo build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src tests benchmarks -name __pycache__ -type d -exec rm -rf {} +
