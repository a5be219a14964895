# Two commands do all the set-up: `make demo` and `make test`. Needs Python 3.11+ and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix api/web --no-fund --no-audit
WEB_SOURCES := $(shell find api/web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
export UV_COMPILE_BYTECODE = 1

.PHONY: help demo test lint web train-env constraints clean
help: ## show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Xunjian needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[cpu,postgres,s3]' --group dev
	@touch $@

api/web/dist/index.html: .venv/.ready $(WEB_SOURCES)
	$(NPM) ci --silent
	$(NPM) run --silent build
	@touch $@

web: api/web/dist/index.html ## build the operators' page

demo: api/web/dist/index.html ## buses, a checkpoint, a field, a building, a yard: find, review, dispatch, verify (FRAMES=DIR to drive along your own pictures, ONCE=1 to end by itself)
	@$(BIN)/xunjian demo $(if $(FRAMES),--frames "$(FRAMES)") $(if $(ONCE),--once)

test: api/web/dist/index.html ## run every test
	$(BIN)/pytest -n auto --dist loadgroup

lint: .venv/.ready ## format, lint, types, import rules, Dockerfile, compose.yaml
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml deploy/compose.gpu.yaml

train-env: .venv/.ready ## add torch and ultralytics for `xunjian train`
	$(BIN)/uv pip install --python $(BIN)/python --constraint constraints.txt --editable '.[train]'

constraints: .venv/.ready ## pin the newest versions that fit pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --no-header --no-annotate --no-emit-index-url --output-file constraints.txt pyproject.toml --extra cpu --extra postgres --extra s3 --extra ray --group dev

clean: ## remove what was made (not your data in var/)
	rm -rf .venv api/web/dist api/web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
