# Two commands: `make run` and `make test`. Both set up .venv by themselves from constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
GROUND := setup.cfg constraints.txt pyproject.toml
# What pytest is told; tests stand on nothing of each other, so they run side by side.
ARGS ?= -n auto --maxprocesses 4

.DEFAULT_GOAL := run
.PHONY: run test soak lint clean

run: $(VENV)/ready-to-run
	@exec $(BIN)/python -m portal.demo

test: $(VENV)/ready-to-test
	@$(BIN)/python -m pytest $(ARGS)

soak: $(VENV)/ready-to-test
	@TEST_ROUNDS=5000 TEST_REFRESH_ROUNDS=200 TEST_KILLS=50 TEST_DELIVERIES=5000 TEST_EXAMPLES=200 $(BIN)/python -m pytest -m soak --hypothesis-profile=default $(ARGS)

lint: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml portal migrations wsgi.py
	$(BIN)/python .ci/audit_dependencies.py
	$(BIN)/djlint --lint --quiet --ignore H052 templates # leaving for Jira is a refresh on purpose

clean:
	rm -rf $(VENV) almoner.egg-info

$(VENV)/ready-to-run: $(GROUND) | $(BIN)/python
	@echo "Installing what Almoner needs into $(VENV) ..."
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/ready-to-test: $(GROUND) | $(BIN)/python
	@echo "Installing what Almoner and its tests need into $(VENV) ..."
	@$(PIP) install -c constraints.txt -e '.[test]'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Almoner needs Python 3.11 or newer, and '$(PYTHON)' is not that." >&2; \
	  echo "Install it, or name it: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
