# Each target does its own set-up: the first call makes a virtual environment, later ones reuse it.
PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SOURCES := gan_augment cli tests benchmarks
PYTEST := $(BIN)/python -m pytest -n $(JOBS)

.PHONY: demo test test-slow test-browser lint types bench clean

demo: $(INSTALLED)
	$(BIN)/gan-augment demo

test: $(INSTALLED)
	$(PYTEST) -m "not slow and not browser"

test-slow: $(INSTALLED)
	$(PYTEST) -m "not browser"

# Needs a browser of the system's, such as Debian's package chromium.
test-browser: $(INSTALLED)
	$(BIN)/python -m pip install --quiet -e '.[browser]'
	$(BIN)/python -m pytest -m browser tests/browser

lint: $(INSTALLED)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(INSTALLED)
	$(BIN)/mypy gan_augment cli benchmarks

bench: $(INSTALLED)
	$(BIN)/python benchmarks/import_time.py
	$(BIN)/python benchmarks/throughput.py

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -not -path "./.venv/*" -prune -exec rm -rf {} +

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@
