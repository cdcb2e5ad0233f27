# What the README's commands call. The first `make` on a machine sets everything up.
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
READY := $(VENV)/.ready
# Compiled bytecode halves the start-up time; some environments switch it off.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test ui lint bench lock clean
help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(READY) ## set up, run the main job on the bundled sample (or live, when configured), print the brief
	@$(BIN)/warehouse run

test: $(READY) ## run all tests
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

ui: $(READY) ## open the Dagster UI on 127.0.0.1:3000
	@$(BIN)/warehouse ui

lint: $(READY) ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: $(READY) ## measured speed, as ratios against bare DuckDB in the same run
	@$(BIN)/python -m bench

lock: ## resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-annotate --no-header --upgrade -o requirements.lock

clean: ## remove the virtual environment and what dbt built (never the data)
	rm -rf $(VENV) dbt_project/target

$(READY): requirements.lock pyproject.toml
ifdef UV
	@$(UV) venv -q --allow-existing --python 3.11 $(VENV)
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@DBT_SEND_ANONYMOUS_USAGE_STATS=false $(BIN)/dbt --quiet parse --project-dir dbt_project --profiles-dir dbt_project
	@touch $@
