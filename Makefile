# Everything happens in .venv; stamps inside it remember what is installed.
# PYTHON=python3.12 chooses the interpreter, TORCH_INDEX=URL another source of torch.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Installing quietly hides warnings about indexes that do not matter, never errors.
INSTALL := $(BIN)/python -m pip install -qq --constraint constraints.txt
# A process a core, each of one thread; a file's tests stay together and share what they make.
# The browser's tests have a verb of their own.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile --ignore=tests/browser
NATIVE := hrm_toolkit/solvers/kernels/cpu
COMPILE := $(BIN)/python $(NATIVE)/build.py --missing
PUZZLES := $(sort $(filter-out %.md,$(wildcard examples/*.* examples/*/problem.*)))

export TORCH_INDEX
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo dev test browser kernels cubins doctest lint types imports check format docs wasm wheels release clean

help: ## List these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.native ## Make .venv and install the package in it

demo: $(VENV)/.native ## Solve and check every puzzle in examples/, and one from stdin
	@status=0; \
	for puzzle in $(PUZZLES); do \
		printf '\n$$ hrm-toolkit solve %s\n' "$$puzzle"; \
		$(BIN)/hrm-toolkit solve "$$puzzle" || status=$$?; \
	done; \
	printf '\n$$ hrm-toolkit solve -    (a maze on stdin)\n'; \
	printf 'S.#.\n..#.\n#...\n#.#G\n' | $(BIN)/hrm-toolkit solve - || status=$$?; \
	exit $$status

dev: $(VENV)/.dev ## Install also what tests and checks need

test: $(VENV)/.dev ## Run the tests, but for the long ones
	$(PYTEST) -m 'not long'

browser: $(VENV)/.dev ## Click through the page in chromium (apt-get install chromium chromium-driver)
	@$(INSTALL) --editable '.[browser]'
	$(BIN)/python -m pytest tests/browser

# What is interpreted cannot be compiled in the same process, and the other way round.
KERNELS := tests/solvers/kernels/interpreted tests/solvers/kernels/test_operations.py
CUBINS := $(BIN)/python benchmarks/cubins.py
# The Triton that torch 2.11 brings, beside the newest one: both have to keep the bounds.
OLDER := $(VENV)/triton-3.6.0

kernels: $(VENV)/.dev ## Run Triton's kernels in its interpreter against their definitions
	TRITON_INTERPRET=1 $(PYTEST) $(KERNELS)

cubins: $(VENV)/.dev $(VENV)/.older ## Compile Triton's kernels for three architectures into docs/kernels.md
	$(CUBINS) --write docs/kernels.md
	@test ! -d $(OLDER) || PYTHONPATH=$(OLDER) $(CUBINS) --few --add docs/kernels.md

doctest: $(VENV)/.dev ## Run the examples in docstrings
	$(BIN)/python -m pytest --doctest-modules hrm_toolkit

lint: $(VENV)/.dev ## Check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

imports: $(VENV)/.dev ## Check that imports go the one direction
	$(BIN)/lint-imports --no-logo --no-cache

# Compiled once beforehand: else each of pytest's processes would compile the same at the same time.
SEARCHES := country rush-hour sudoku
WARM := $(BIN)/python -c 'import sys; from hrm_toolkit.planner.warmth import warm_up; [*map(warm_up, sys.argv[1:])]'

check: lint types imports docs $(VENV)/.older ## Everything that must pass: style, types, imports, site, tests, doctests
	$(WARM) $(SEARCHES)
	$(PYTEST) --hypothesis-profile=thorough --doctest-modules hrm_toolkit tests
	TRITON_INTERPRET=1 $(PYTEST) $(KERNELS)
	$(CUBINS) --few
	@test ! -d $(OLDER) || PYTHONPATH=$(OLDER) $(CUBINS) --few

format: $(VENV)/.dev ## Format the code and apply safe fixes
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

SITE := $(BIN)/zensical build --strict

docs: $(VENV)/.dev ## Build the documentation site strictly into build/site
	$(SITE)

wasm: $(VENV)/.native ## Compile the native code for browsers anew, which the package holds
	@$(INSTALL) ziglang
	$(BIN)/python $(NATIVE)/build.py --wasm

wheels: $(VENV)/.native ## Make a wheel for each platform in dist/
	@$(INSTALL) ziglang
	@$(BIN)/python scripts/wheels.py

release: $(VENV)/.native ## Make sdist, wheels, licences and bill of materials in dist/, tried; nothing is sent
	@$(INSTALL) build cyclonedx-bom ziglang
	@$(BIN)/python scripts/release.py

clean: ## Remove the environment, caches and build output
	rm -rf $(VENV) build dist .cache *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f $(NATIVE)/librecurrence.*
	find hrm_toolkit tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.torch: constraints.txt scripts/install_torch.py
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "this needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@test -x $(BIN)/pip || { echo "making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing torch"
	@$(BIN)/python scripts/install_torch.py
	@touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml
	@echo "installing hrm-toolkit"
	@$(INSTALL) --editable .
	@touch $@

# Installing compiled already where it could; without a compiler, one comes from PyPI.
$(VENV)/.native: $(VENV)/.installed $(NATIVE)/build.py $(NATIVE)/recurrence.cpp $(NATIVE)/heads.hpp $(NATIVE)/training.hpp
	@$(COMPILE) 2>/dev/null || { $(INSTALL) ziglang && $(COMPILE); } || echo "going on without native code"
	@touch $@

$(VENV)/.dev: $(VENV)/.native
	@echo "installing what tests and checks need"
	@$(INSTALL) 'setuptools>=77' --editable '.[dev]'
	@touch $@

# There is none for every platform and Python.
$(VENV)/.older: $(VENV)/.dev
	@echo "installing an older Triton beside the newest"
	@$(BIN)/python -m pip install -qq --no-deps --upgrade --target $(OLDER) triton==$(OLDER:$(VENV)/triton-%=%) \
		|| echo "going on without it"
	@touch $@
