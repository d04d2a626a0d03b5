# `make demo` and `make test` are all that a fresh machine needs. Every target may be interrupted and repeated.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint types bench mutants clean

# The stamp is written last and holds the folder's name. Without it the environment is half made, with another name in it
# the folder was moved: either way it is made anew. With an older stamp it is brought up to date in place.
READY := $(shell [ "$$(cat $(STAMP) 2>/dev/null)" = "$$(pwd -P)" ] && $(BIN)/python -c 'import pip' 2>/dev/null && echo yes)
ifneq ($(READY),yes)
.PHONY: $(STAMP)
endif

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo "  Another interpreter: make demo PYTHON=python3.12 (used when $(VENV) is made; make clean removes it)"

demo: $(STAMP)  ## Simulate the reference firm under five regimes; results in results/three_regimes
	@$(BIN)/sellsim run experiments/configs/three_regimes.toml
	@echo "The results are in results/three_regimes: tables as CSV and Parquet, figures as PNG and SVG."

test: $(STAMP)  ## Run the whole test suite
	@$(BIN)/python -m pytest -n 2

coverage: $(STAMP)  ## Lines of rules and engine that the twins' tests reach, with compilation off (a few minutes)
	@NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n 2 tests/simulation/test_twins.py -k "small or grow or many_act" \
		--cov=simulation.kernel --cov=simulation.rules --cov=simulation.cases --cov=simulation.structure

lint: $(STAMP)  ## Check style
	@$(BIN)/python -m ruff check .

types: $(STAMP)  ## Check types
	@$(BIN)/python -m mypy

bench: $(STAMP)  ## Measure speed and memory; figures in results/benchmarks
	@$(BIN)/python -m experiments.benchmarks

mutants: $(STAMP)  ## Break the model in many ways and see which test notices; report in results/validation (half an hour)
	@nice -n 10 $(BIN)/python -m tools.mutants.run

clean:  ## Remove the environment and all caches; results stay
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* htmlcov
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
ifneq ($(READY),yes)
	@$(PYTHON) -c 'import sys' 2>/dev/null || { \
		echo "$(PYTHON) does not run. Install Python 3.11 or later, or name one: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "sellsim needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
			"Name a later one: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: its modules venv or ensurepip are missing." \
			"On Debian and Ubuntu, install the package python3-venv." >&2; exit 1; }
	@echo "Making the environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)
endif
	@rm -f $@
	@echo "Installing sellsim and its dependencies into $(VENV): about 1 GB on disk, some minutes the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -e '.[dev]' -c constraints.txt
	@pwd -P > $@
