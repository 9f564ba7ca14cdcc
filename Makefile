# Two commands do everything on a machine with Python 3.11 or later and nothing else: `make demo` and `make test`.

PYTHON ?= python3
ENVIRONMENT := .venv
BIN := $(ENVIRONMENT)/bin

# What the tests need that PyPI does not have, as Debian calls it: a browser, and a font with Lean's symbols.
BROWSER := chromium fonts-dejavu
FIND_BROWSER := command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null

# Two files of tests at a time: mostly, one core waits for the other. Each takes some 3 GB of memory for Lean.
AT_ONCE ?= --numprocesses 2 --dist loadfile

# Widgets are built, checked and tested with Node 20 or later. Nobody else needs it: what is built is in the repository.
FIND_NPM := command -v npm >/dev/null
# Left out where it can't be done, in one line; but CI fails.
LEFT_OUT = { echo "$(1)" >&2; test -z "$$CI"; exit; }

.PHONY: help demo test browser test-widgets check check-widgets widgets format notebooks benchmark clean

help:
	@echo "make demo       install, execute the quickstart notebook against real Lean, show what it printed"
	@echo "make test       install, run the tests on real Lean"
	@echo "make notebooks  execute the notebooks, and save what they show"
	@echo "make check      lint and types"
	@echo "make widgets    build the widgets again, after a change in lean_magic/widgets/explorer/"
	@echo "make format     lay out the Python code"
	@echo "make benchmark  measure everything, LeanInteract and Kimina beside it, in some 40 minutes"
	@echo "make clean      remove the virtual environment and what was built"

demo: $(ENVIRONMENT)/demo
	@$(BIN)/lean-magic setup
	@$(BIN)/python notebooks/demo.py

test: $(ENVIRONMENT)/test browser test-widgets
	@$(BIN)/lean-magic setup
	$(BIN)/python -m pytest $(AT_ONCE)

test-widgets: browser node_modules/.installed
	@$(FIND_BROWSER) || $(call LEFT_OUT,no Chromium: the widgets are not tested); \
	! $(FIND_NPM) || npm test

# Only root can install it. Without it, the tests in a browser are skipped (in CI they fail).
browser:
	@$(FIND_BROWSER) || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $(BROWSER) >/dev/null; \
	else \
		echo "no Chromium for the tests in a browser; on Debian and Ubuntu: apt install $(BROWSER)" >&2; \
	fi

notebooks: $(ENVIRONMENT)/test
	@$(BIN)/lean-magic setup
	@$(BIN)/python notebooks/save.py

check: $(ENVIRONMENT)/dev check-widgets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Types, and whether what is built is of these sources.
check-widgets: node_modules/.installed
	@! $(FIND_NPM) || npm run --silent check

widgets: node_modules/.installed
	@npm run --silent build

format: $(ENVIRONMENT)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: $(ENVIRONMENT)/test
	@$(BIN)/lean-magic setup
	@$(BIN)/python -m benchmarks $(PARTS)

clean:
	rm -rf $(ENVIRONMENT) node_modules build dist

# One stamp for each set of extras that the environment holds.
$(ENVIRONMENT)/demo $(ENVIRONMENT)/test $(ENVIRONMENT)/dev: $(ENVIRONMENT)/%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

node_modules/.installed: package-lock.json
	@$(FIND_NPM) || $(call LEFT_OUT,no npm: the widgets are neither checked nor tested); \
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --loglevel=error --no-fund --no-audit >/dev/null && touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("lean-magic needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(ENVIRONMENT) || { rm -rf $(ENVIRONMENT); echo "no virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
