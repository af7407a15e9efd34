# Two commands do everything: `make run` opens the designer, `make test` runs every check. Both set up what is missing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run test check clean

setup:
	@$(PYTHON) setup_dev.py

run: setup
	@$(BIN)/python -m designer

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
