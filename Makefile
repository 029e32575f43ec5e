# The tasks of a developer. Only python3 and make must be installed: the targets set up .venv.

PYTHON ?= python3
VENV := .venv
# The folder with the commands of a virtual environment.
COMMANDS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := $(VENV)/$(COMMANDS)
# The main environment, rebuilt if the pinned versions or the package's metadata change.
READY := $(VENV)/ready
# An environment with large libraries, only for `make test-integrations`.
INTEGRATIONS := $(VENV)/integrations
# An environment with the tools of `make dist`.
PUBLISHING := $(VENV)/dist
# An environment with the tools of `make docs`.
PAGES := $(VENV)/docs
# An environment with a browser driver and a Jupyter kernel, for `make test-browser`.
BROWSER := $(VENV)/browser
# Caches of the tools: nothing is written to the home folder, and `make clean` removes all of them.
CACHE := $(CURDIR)/$(VENV)/cache

# Python settings of the caller's shell must not change what the tools find or how they run.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH VIRTUAL_ENV MYPYPATH PYTEST_ADDOPTS PYTEST_PLUGINS
unexport PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED PYTHONOPTIMIZE PYTHONWARNINGS PYTHONDEVMODE
unexport PYTHONIOENCODING PYTHONUTF8 PYTHONINSPECT
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_CACHE_DIR := $(CACHE)/pyright
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export XDG_CACHE_HOME := $(CACHE)

# The folders with Python code of this project; in a source distribution, those that it has.
CODE := $(wildcard src codegen tests examples benchmarks docs/_build)
TYPED := $(wildcard src codegen tests examples benchmarks)

# More workers than cores, because many tests wait for a server.
PYTEST = $(BIN)/python -m pytest --numprocesses=3 --dist=loadfile --durations=5

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-postgres test-pythons counts bench bench-many faults soak check lint rooms types drift audit generate schema docs pictures first-steps format pins clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 27

demo: $(READY)  ## show the public API with a temporary registry
	@$(BIN)/typed-artifacts demo

test: $(READY)  ## run the tests
	@$(PYTEST) -m "not soak and not long and not other_flavour" $(ARGS)

test-long: $(READY)  ## run the tests left out above: slow ones, more cases, the other flavour
	@$(PYTEST) --timeout=1200 -m "(long or other_flavour) and not soak" $(ARGS)

test-postgres: $(READY)  ## run the registry's tests with PostgreSQL (installed, or from a wheel)
	@$(BIN)/python -m tests.postgres $(ARGS)

test-pythons: $(READY)  ## run the tests with each installed Python, newest and oldest dependencies
	@$(BIN)/python -m tests.pythons $(ARGS)

.PHONY: test-integrations
test-integrations: $(INTEGRATIONS)/ready  ## run the tests with pandas, polars, DuckDB, pyarrow and xarray
	@$(INTEGRATIONS)/$(COMMANDS)/python -m pytest tests/integrations $(ARGS)

.PHONY: dist
dist: $(READY) $(PUBLISHING)/ready  ## build wheel and sdist, and test both in empty environments
	@$(BIN)/python -m tests.distribution $(ARGS)

.PHONY: test-browser
test-browser: $(BROWSER)/ready  ## test web pages and a notebook in headless Chromium (installs Debian's if there is none)
	@command -v chromium >/dev/null || { echo "Installing Debian's chromium for these tests"; apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium fonts-dejavu >/dev/null; }
	@$(BROWSER)/bin/python -m pytest tests/browser $(ARGS)

faults: $(READY)  ## inject every fault into every kind of call, and print the results
	@$(BIN)/python -m tests.reliability

soak: $(READY)  ## run the tests of faults, load, kills and properties at full size: an hour or more
	@$(BIN)/python -m pytest --durations=5 -m soak $(ARGS)
	@SOAK=20 $(BIN)/python -m pytest --timeout=3600 tests/reliability/test_properties.py

counts: $(READY)  ## compare requests, calls, imports, memory and bytes of a short run with the recorded ones
	@$(BIN)/python -m benchmarks --counts $(ARGS)

bench: $(READY)  ## measure, and compare with the official client and the floor (ARGS=--quick)
	@$(BIN)/python -m benchmarks $(ARGS)

check: lint rooms types drift  ## check lint, imports between packages, types, and that generated code is up to date

lint: $(READY)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)

rooms: $(READY)
	@mkdir -p "$(CACHE)"
	@$(BIN)/lint-imports --no-cache >"$(CACHE)/rooms.txt" 2>&1 || { cat "$(CACHE)/rooms.txt"; exit 1; }

types: $(READY)
	@$(BIN)/mypy $(TYPED)
	@$(BIN)/pyright --warnings

drift: $(READY)
	@test ! -f codegen/__main__.py || $(BIN)/python -m codegen check

# Not part of `make check`, because it needs the network: flaws become known after a version was
# pinned. `make lint` has ruff's security rules (S). With --strict a package without data, as on some
# mirrors, is an error; without it the audit would pass although nothing was checked.
audit: $(READY)  ## look for known security flaws of the pinned packages (needs the network)
	@$(BIN)/python -m pip_audit --strict --disable-pip --no-deps --requirement requirements/dev.txt

bench-many: $(READY)  ## measure work on a million versions (takes hours)
	@$(BIN)/python -m benchmarks.many --collections 200 --versions 5000 $(ARGS)

generate: $(READY)  ## generate code from schema, queries and mapping
	@$(BIN)/python -m codegen generate

schema: $(READY)  ## update schema.graphql from a server: make schema URL=https://...
	@$(BIN)/python -m codegen pull $(URL)

docs: $(PAGES)/ready  ## build docs/ into site/; fails on a broken link or a missing public name
	@for language in mkdocs.yml mkdocs.ko.yml; do \
	  NO_MKDOCS_2_WARNING=1 $(PAGES)/bin/mkdocs build --strict --config-file $$language || exit 1; \
	done
	@$(PAGES)/bin/python docs/_build/check_site.py site

pictures: $(READY)  ## record the pictures of the command line again, into docs/pictures/
	@$(BIN)/python docs/_build/record.py docs/pictures

first-steps: $(READY)  ## follow the first steps of docs/ in an empty environment (needs a package index)
	@$(BIN)/python -m pytest -m soak tests/docs/test_first_steps.py $(ARGS)

format: $(READY)  ## format the code, and apply the fixes of ruff
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

pins:  ## resolve the pinned versions in requirements/ again (needs uv)
	uv pip compile --universal --python-version 3.11 $(UPGRADE) --quiet --no-header \
	  --annotation-style line --group dev --extra local --extra cli --extra postgres --extra objectstore \
	  --output-file requirements/dev.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 $(UPGRADE) --quiet --no-header \
	  --annotation-style line --resolution lowest-direct --group oldest --extra local --extra cli --extra postgres --extra objectstore \
	  --output-file requirements/oldest.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 $(UPGRADE) --quiet --no-header \
	  --annotation-style line --group integrations --extra local --extra fsspec \
	  --constraint requirements/dev.txt --output-file requirements/integrations.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 $(UPGRADE) --quiet --no-header \
	  --annotation-style line --group dist --output-file requirements/dist.txt
	uv pip compile --universal --python-version 3.11 $(UPGRADE) --quiet --no-header \
	  --annotation-style line --group docs --constraint requirements/dev.txt \
	  --output-file requirements/docs.txt
	uv pip compile --universal --python-version 3.11 $(UPGRADE) --quiet --no-header \
	  --annotation-style line --group browser --extra local --extra cli \
	  --constraint requirements/dev.txt --output-file requirements/browser.txt pyproject.toml

clean:  ## remove the environment, caches and build results
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements/dev.txt pyproject.toml schema.graphql Makefile
	@echo "Setting up $(VENV) (once; a minute or two)"
	@rm -f $@
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one with make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	@$(BIN)/python -m pip install -qq --requirement requirements/dev.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(INTEGRATIONS)/ready: requirements/integrations.txt pyproject.toml schema.graphql Makefile | $(READY)
	@echo "Setting up $(INTEGRATIONS) (once)"
	@rm -f $@
	@test -x $(INTEGRATIONS)/$(COMMANDS)/python || $(BIN)/python -m venv $(INTEGRATIONS)
	@$(INTEGRATIONS)/$(COMMANDS)/python -m pip install -qq --requirement requirements/integrations.txt
	@$(INTEGRATIONS)/$(COMMANDS)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(PAGES)/ready: requirements/docs.txt Makefile
	@rm -f $@
	@test -x $(PAGES)/bin/python || $(PYTHON) -m venv $(PAGES)
	@$(PAGES)/bin/python -m pip install -qq --requirement requirements/docs.txt
	@touch $@

$(BROWSER)/ready: requirements/browser.txt pyproject.toml schema.graphql Makefile | $(READY)
	@echo "Setting up $(BROWSER) (once)"
	@rm -f $@
	@test -x $(BROWSER)/bin/python || $(BIN)/python -m venv $(BROWSER)
	@$(BROWSER)/bin/python -m pip install -qq --requirement requirements/browser.txt
	@$(BROWSER)/bin/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(PUBLISHING)/ready: requirements/dist.txt | $(READY)
	@rm -f $@
	@test -x $(PUBLISHING)/$(COMMANDS)/python || $(BIN)/python -m venv $(PUBLISHING)
	@$(PUBLISHING)/$(COMMANDS)/python -m pip install -qq --requirement requirements/dist.txt
	@touch $@
