# Needs Python 3.11 or newer, make and git; everything else is brought along. `make help` lists the targets.

MAKEFLAGS += --no-print-directory
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
SERVICES := $(PY) -m devmatrix_project.services
TESTS := $(PY) -m pytest --numprocesses auto --maxprocesses 4
CODE := devmatrix_project review execution planning integrations common tests
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_LINK_MODE ?= copy
ifdef PORT
export PORT
endif

.PHONY: help setup setup-dev demo up down status test test-slow lint format types bench lock bundle ci

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed .devmatrix/.prepared ## make .venv and the environments of generated projects

setup-dev: setup $(VENV)/.installed-dev ## setup, and what tests and lint need

demo: setup ## build a sample request before your eyes, and leave the page up
	@$(SERVICES) demo

up: setup ## start everything: PostgreSQL, Redis, workers, web (PORT=8000)
	@$(SERVICES) up

down: ## stop everything; data stay
	@if [ -x $(PY) ]; then $(SERVICES) down; else echo "nothing runs: no $(VENV) here"; fi

status: ## what runs, and where
	@$(SERVICES) status || true

test: setup-dev ## run the tests against their own PostgreSQL and Redis (ARGS="-k words")
	@$(TESTS) -m "not slow" $(ARGS)

test-slow: setup-dev ## run the long ones: more builds, killed processes, generated projects (CI runs both)
	@$(TESTS) --dist loadfile --no-loadscope-reorder -m slow $(ARGS)

lint: setup-dev ## ruff, formatting, import contracts
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet . || { echo "not formatted: run make format"; exit 1; }
	@$(VENV)/bin/lint-imports

format: setup-dev ## format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .

types: setup-dev ## mypy, strict
	@$(PY) -m mypy

bench: setup ## benchmarks (NAME=list names them)
	@$(SERVICES) run -- manage.py bench $(or $(NAME),list)

lock: $(VENV)/.uv ## compile requirements*.in to pinned, hashed requirements*.txt (UPGRADE=1 for newer ones)
	@$(UV) pip compile --quiet --no-emit-index-url --no-emit-find-links --generate-hashes --universal --python-version 3.11 \
	  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(UV) pip compile --quiet --no-emit-index-url --no-emit-find-links --generate-hashes --universal --python-version 3.11 \
	  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt

bundle: ## rebuild the committed page bundles from npm packages (needs Node; nobody else does)
	@if [ -f frontend/package.json ]; then cd frontend && npm ci --no-audit --no-fund && npm run build; \
	  else echo "no frontend/package.json, nothing to bundle"; fi

ci: ## what CI runs on a clean checkout
	@.ci/run

# The steps of setup. Each leaves a stamp, so that a second run has nothing to do.

$(VENV)/.made:
	@python=; for candidate in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer is needed and was not found (tried python3.11 to python3.14, python3)." >&2; \
	  echo "Install it, for example: apt-get install python3.11 python3.11-venv" >&2; exit 1; \
	fi; \
	if ! $$python -c 'import venv, ensurepip' >/dev/null 2>&1; then \
	  echo "$$python cannot make environments: install its venv package, for example apt-get install python3-venv" >&2; exit 1; \
	fi; \
	echo "making $(VENV) with $$($$python --version)"; $$python -m venv $(VENV)
	@touch $@

$(VENV)/.uv: $(VENV)/.made requirements.txt
	@awk '/^uv==/{keep=1} keep{print} keep && !/\\$$/{exit}' requirements.txt > $(VENV)/uv.txt
	@$(PY) -m pip install --quiet --require-hashes --requirement $(VENV)/uv.txt
	@touch $@

$(VENV)/.installed: $(VENV)/.uv requirements.txt
	@echo "installing what DevMatrix needs"
	@$(UV) pip install --quiet --python $(PY) --require-hashes --requirement requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "installing what tests and lint need"
	@$(UV) pip install --quiet --python $(PY) --require-hashes --requirement requirements-dev.txt
	@touch $@

# Environments of generated projects are built once, here, so that no build waits for an installation.
.devmatrix/.prepared: $(VENV)/.installed $(wildcard */management/commands/prepare.py)
	@mkdir -p -m 711 .devmatrix
	@if ls */management/commands/prepare.py >/dev/null 2>&1; then $(PY) manage.py prepare; fi
	@touch $@
