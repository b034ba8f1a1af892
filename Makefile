# Everything runs from .venv, made from the lock file with hashes; only Python 3.11+ and make are needed.
PYTHON ?= python3
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 \
	--no-header --no-emit-index-url --no-emit-find-links --quiet

.PHONY: demo run test check format bench soak lock clean

demo: .venv/ready  ## the main job, end to end; ARTWORKS=DIR uses your own images
	$(BIN)/pmd demo $(if $(ARTWORKS),--artworks "$(ARTWORKS)")

run: .venv/ready  ## the embedded stack, the server and a worker, until Ctrl-C; PORT=N for another port
	$(BIN)/pmd run $(if $(PORT),--port $(PORT))

test: .venv/ready
	$(BIN)/pytest -n 2 $(ARGS)

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/ready
	$(BIN)/python -m benchmarks

soak: .venv/ready  ## 200 requests against 3 workers under some 50 kills; ARGS="--seconds 60" and so on
	$(BIN)/python -m benchmarks.soak $(ARGS)

lock: .venv/ready  ## after a change of pyproject.toml's dependencies
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra dev --output-file requirements-dev.lock

.venv/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
