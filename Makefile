# run, test, lint, bench: the only commands a person must know. CI calls the same.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := run
.PHONY: run test lint bench screenshots lock clean

run: $(VENV)/.run-ready
	@portal start

test: $(VENV)/.dev-ready
	@python -m tests.support.chromium
	pytest -n 2 --dist loadfile

lint: $(VENV)/.dev-ready
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	python -m tools.check_pages

bench: $(VENV)/.dev-ready
	@python -m tests.support.chromium
	@python -m benchmarks

screenshots: $(VENV)/.dev-ready
	@python -m tests.support.chromium
	@python -m tools.screenshots $(ONLY)

# Writes the lock files anew; they name no index.
lock: $(VENV)/.dev-ready
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate pyproject.toml --extra build -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate pyproject.toml --extra build --extra dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .web data build

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev-ready: $(BIN)/python requirements-dev.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run-ready
