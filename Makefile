# Two commands matter: `make run` and `make test`. `make help` lists the rest.

HOME_DIR ?= data
SAMPLES  ?= samples
ROWS     ?= 2000000
VENV     := .venv
BIN      := $(VENV)/bin
PIP      := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
CODE     := schemas transforms expectations pipeline
# Two workers suit two cores; a file's tests stay together because they share what is dear to set up.
PYTEST   := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: run test test-fast lint format bench airflow lock samples docs clean help

run: $(VENV)/.installed ## collate the samples and publish the national release, through the real DAGs
	@$(BIN)/python -m dags.monthly --home $(HOME_DIR) --samples $(SAMPLES)

test: $(VENV)/.installed-dev ## run every test
	@$(PYTEST)

test-fast: $(VENV)/.installed-dev ## run the tests that are not slow, in under two minutes
	@$(PYTEST) -m "not slow"

lint: $(VENV)/.installed-dev ## check style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict $(CODE)

format: $(VENV)/.installed-dev ## put the code into the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.installed-dev ## measure speed and memory on ROWS synthetic rows
	@$(BIN)/python -m bench --rows $(ROWS)

airflow: $(VENV)/.installed ## start Airflow with its pages, over the same DAGs and home
	@echo "Airflow opens on port 8080. User admin; the password is in"
	@echo "  $(HOME_DIR)/airflow/simple_auth_manager_passwords.json.generated"
	@$(BIN)/python -m dags.local --home $(HOME_DIR) standalone

samples: $(VENV)/.installed-dev ## write the sample drops again from their seed
	@$(BIN)/python -m samples.generate

docs: $(VENV)/.installed ## write the generated pages again
	@$(BIN)/python -m schemas.generate

lock: $(VENV)/bin/python ## resolve and hash the requirements again
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(BIN)/python -m venv "$$tools"; \
	"$$tools/bin/python" -m pip --disable-pip-version-check --quiet install uv; \
	for name in requirements requirements-dev requirements-server; do \
	    "$$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	        --upgrade $$name.in --output-file $$name.txt; \
	    echo "$$name.txt is resolved again"; \
	done

clean: ## remove what was installed and what tools left; drops and releases are kept
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build ./*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The newest-named interpreter may be a stub that does not run, or lack the parts that make a .venv: try each.
$(VENV)/bin/python:
	@for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	    if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
	        >/dev/null 2>&1; then \
	        echo "Making $(VENV) with $$("$$candidate" --version)"; \
	        exec "$$candidate" -m venv $(VENV); \
	    fi; \
	done; \
	echo "No Python from 3.11 to 3.14 that can make a virtual environment was found. Install one (on Debian" >&2; \
	echo "and Ubuntu: the packages python3 and python3-venv), or name one: make PYTHON=/path/to/python3.12" >&2; \
	exit 1

$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the pinned requirements into $(VENV): once, a few minutes where no package is cached"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing the pinned tools for tests and checks into $(VENV)"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@
