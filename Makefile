# Everything a developer does, from nothing but python3 and make. Each target sets up .venv first.

PYTHON ?= python3
VENV := .venv
# The folder of an environment's commands.
COMMANDS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := $(VENV)/$(COMMANDS)
# Rebuilt when the pins or the package's own metadata change.
READY := $(VENV)/ready
# Large libraries that only their own tests need.
INTEGRATIONS := $(VENV)/integrations
# Tools that check the published files.
PUBLISHING := $(VENV)/dist
# Tools that build the pages of docs/.
PAGES := $(VENV)/docs
# A browser's driver and a notebook's kernel, for the tests that look at pages.
BROWSER := $(VENV)/browser
# Tools keep their caches here: nothing is written to the home, and `make clean` finds it all.
CACHE := $(CURDIR)/$(VENV)/cache

# Settings of the caller's Python must not apply here.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV MYPYPATH PYTEST_ADDOPTS PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_CACHE_DIR := $(CACHE)/pyright
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export XDG_CACHE_HOME := $(CACHE)

# Folders with our own Python, as far as they are there.
CODE := $(wildcard src codegen tests examples benchmarks docs/_build)
TYPED := $(wildcard src codegen tests examples benchmarks)

# More workers than cores, because many tests wait for a server.
PYTEST = $(BIN)/python -m pytest --numprocesses=3 --dist=loadfile --durations=5

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-postgres test-pythons counts bench bench-many faults soak check lint rooms types drift audit generate schema docs pictures stranger format pins clean

help:  ## what there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: $(READY)  ## build a project with real files and walk the documented surface
	@$(BIN)/typed-artifacts demo

test: $(READY)  ## run the tests
	@$(PYTEST) -m "not soak and not long" $(ARGS)

test-long: $(READY)  ## run the tests that take long: generator, type checkers, faults, official client
	@$(PYTEST) -m "long and not soak" $(ARGS)

test-postgres: $(READY)  ## the tests of the registry against PostgreSQL (found here, or from a wheel)
	@$(BIN)/python -m tests.postgres $(ARGS)

test-pythons: $(READY)  ## the tests on every Python that is here, newest and oldest dependencies
	@$(BIN)/python -m tests.pythons $(ARGS)

.PHONY: test-integrations
test-integrations: $(INTEGRATIONS)/ready  ## the tests with pandas, polars, DuckDB, pyarrow and xarray
	@$(INTEGRATIONS)/$(COMMANDS)/python -m pytest tests/integrations $(ARGS)

.PHONY: dist
dist: $(READY) $(PUBLISHING)/ready  ## build wheel and sdist, and try both in empty environments
	@$(BIN)/python -m tests.distribution $(ARGS)

.PHONY: test-browser
test-browser: $(BROWSER)/ready  ## the pages and a notebook in headless Chromium (Debian's is installed where none is)
	@command -v chromium >/dev/null || { echo "Installing Debian's chromium, which these tests look through"; apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium fonts-dejavu >/dev/null; }
	@$(BROWSER)/bin/python -m pytest tests/browser $(ARGS)

faults: $(READY)  ## try every fault in every kind of call, and print what comes of it
	@$(BIN)/python -m tests.reliability

soak: $(READY)  ## the tests of faults, load, kills and properties at full size: ten minutes or more
	@$(BIN)/python -m pytest --durations=5 -m soak $(ARGS)
	@SOAK=20 $(BIN)/python -m pytest --timeout=3600 tests/reliability/test_properties.py

counts: $(READY)  ## requests, calls, imports, memory and bytes of a short run beside those of before
	@$(BIN)/python -m benchmarks --counts $(ARGS)

bench: $(READY)  ## measure beside the official client and beside the floor (ARGS=--quick)
	@$(BIN)/python -m benchmarks $(ARGS)

check: lint rooms types drift  ## lint, arrows, types, and whether the generated code is up to date

lint: $(READY)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)

rooms: $(READY)
	@mkdir -p $(CACHE)
	@$(BIN)/lint-imports --no-cache >$(CACHE)/rooms.txt 2>&1 || { cat $(CACHE)/rooms.txt; exit 1; }

types: $(READY)
	@$(BIN)/mypy $(TYPED)
	@$(BIN)/pyright --warnings

drift: $(READY)
	@test ! -f codegen/__main__.py || $(BIN)/python -m codegen check

# Known flaws are published after a release was pinned, so this needs the network and is no part of
# `make check`; ruff's security rules (S) are part of `make lint`. --strict: a package without data,
# as behind some mirrors, is an error; otherwise the audit would pass without having checked it.
audit: $(READY)  ## ask for known security flaws of the pinned packages (needs the network)
	@$(BIN)/python -m pip_audit --strict --disable-pip --no-deps --requirement requirements/dev.txt

bench-many: $(READY)  ## measure work on a million versions: hours
	@$(BIN)/python -m benchmarks.many --collections 200 --versions 5000 $(ARGS)

generate: $(READY)  ## write the generated code from schema, queries and mapping
	@$(BIN)/python -m codegen generate

schema: $(READY)  ## bring schema.graphql up to a server: make schema URL=https://...
	@$(BIN)/python -m codegen pull $(URL)

docs: $(PAGES)/ready  ## build the pages of docs/ into site/: no broken link, no public name left out
	@for language in mkdocs.yml mkdocs.ko.yml; do \
	  NO_MKDOCS_2_WARNING=1 $(PAGES)/bin/mkdocs build --strict --config-file $$language || exit 1; \
	done
	@$(PAGES)/bin/python docs/_build/check_site.py site

pictures: $(READY)  ## record the command line anew, into docs/pictures/
	@$(BIN)/python docs/_build/record.py docs/pictures

stranger: $(READY)  ## follow the first steps of docs/ in an empty environment (needs a package index)
	@$(BIN)/python -m pytest -m soak tests/docs/test_stranger.py $(ARGS)

format: $(READY)  ## format the code and mend what can be mended
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

pins:  ## resolve requirements/ again (needs uv)
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
