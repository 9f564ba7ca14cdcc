# Two commands do everything on a machine with Python 3.11 or later and nothing else: `make demo` and `make test`.

PYTHON ?= python3
ENVIRONMENT := .venv
BIN := $(ENVIRONMENT)/bin

.PHONY: help demo test check format benchmark clean

help:
	@echo "make demo       install, execute the quickstart notebook against real Lean, show what it printed"
	@echo "make test       install, run the tests on real Lean"
	@echo "make check      lint and types"
	@echo "make format     lay out the Python code"
	@echo "make benchmark  measure everything, LeanInteract and Kimina beside it, in some 15 minutes"
	@echo "make clean      remove the virtual environment and what was built"

demo: $(ENVIRONMENT)/demo
	@$(BIN)/lean-magic setup
	@$(BIN)/python notebooks/demo.py

test: $(ENVIRONMENT)/test
	@$(BIN)/lean-magic setup
	$(BIN)/python -m pytest

check: $(ENVIRONMENT)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(ENVIRONMENT)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: $(ENVIRONMENT)/test
	@$(BIN)/lean-magic setup
	@$(BIN)/python -m benchmarks $(PARTS)

clean:
	rm -rf $(ENVIRONMENT) build dist

# One stamp for each set of extras that the environment holds.
$(ENVIRONMENT)/demo $(ENVIRONMENT)/test $(ENVIRONMENT)/dev: $(ENVIRONMENT)/%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("lean-magic needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(ENVIRONMENT) || { rm -rf $(ENVIRONMENT); echo "no virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
