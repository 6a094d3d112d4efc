# Two commands: `make conformance` judges the bundled reference, `make test` runs everything that CI runs.
# Both set themselves up in .venv; all they need is Python >= 3.11 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= conformance-report

.PHONY: conformance test clean

conformance: $(VENV)/ready
	$(BIN)/conformance run --target bundled --profile mcp-2026-07-28 --out $(OUT)

test: $(VENV)/ready
	$(BIN)/tox run

$(VENV)/ready: pyproject.toml requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) .tox $(OUT) .mypy_cache .ruff_cache .pytest_cache
