# `make demo` and `make test` set themselves up in .venv; nothing outside this folder is changed.
# Needed on the machine: Python 3.11 or newer, make and g++. All else comes from PyPI into .venv.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
ISA ?= portable;avx2
PYTEST_WORKERS ?= 2
WARNINGS_AS_ERRORS ?= OFF
PYTEST_ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

PIP := $(BIN)/python -m pip --quiet
HEADERS := $(wildcard native/include/mixwright/*.hpp)
NATIVE_SOURCES := CMakeLists.txt $(HEADERS) $(wildcard native/bindings/*)

.PHONY: help setup demo test lint format native test-native wheel bench quality clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: $(VENV)/.installed  ## .venv with the package built from these sources, and what its tests need

demo: setup  ## mix the demo song and say where the result lies
	@$(BIN)/mixwright demo --out out/demo

test: setup  ## all tests
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

lint: $(VENV)/.linters  ## ruff, the layers, the types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/mypy

format: $(VENV)/.linters  ## rewrite the Python sources in the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# --- set-up, in steps that run again only when what they depend on has changed -------------------

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"Python 3.11 or newer is \
	needed, {sys.executable} is {v.major}.{v.minor}; name another one: make PYTHON=/path/to/python3.11")'
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtual environment; install its venv module (Debian: python3-venv)" >&2; exit 1; }
	@touch $@

# What builds the package stays in .venv, so that a rebuild finds the same compiler settings and compiles only
# what changed. cmake and ninja are taken from PyPI where the machine has none.
$(VENV)/.builders: $(VENV)/.created pyproject.toml scripts/install_requirements.py
	@$(BIN)/python scripts/install_requirements.py
	@touch $@

$(VENV)/.installed: $(VENV)/.builders $(NATIVE_SOURCES) pyproject.toml
	@echo "Building the native core and installing mixwright into $(VENV) ..."
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PIP) install --no-build-isolation --editable ".[test]" \
	  --config-settings=cmake.define.MIXWRIGHT_WARNINGS_AS_ERRORS=$(WARNINGS_AS_ERRORS)
	@touch $@

$(VENV)/.linters: $(VENV)/.installed
	@$(BIN)/python scripts/install_requirements.py --extra lint
	@touch $@

# --- the native core on its own -------------------------------------------------------------------

native:  ## build the native core beside the sources, for work on it with PYTHONPATH=src (ISA=avx2: one build only)
	cmake -S . -B build -G Ninja -DMIXWRIGHT_IN_PLACE=ON -DMIXWRIGHT_WARNINGS_AS_ERRORS=ON "-DMIXWRIGHT_ISAS=$(ISA)"
	cmake --build build

# The build this machine would use, not optimised: the sanitizers see most there, and it compiles soonest.
# The other one: make test-native TEST_ISAS=portable
TESTS_DIR := build/native-tests
SANITIZE := -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all
TEST_FLAGS := -std=c++20 -O0 -g1 -ffp-contract=fast -fno-math-errno -fno-trapping-math -Wall -Wextra -Werror \
  -Wno-psabi $(SANITIZE) -Inative/include -I$(TESTS_DIR)
NATIVE_TESTS := $(basename $(notdir $(wildcard native/tests/*.cpp)))
ifeq ($(shell uname -m),x86_64)
MARCH_portable := -march=x86-64
MARCH_avx2 := -march=x86-64-v3
TEST_ISAS ?= $(shell grep -qw avx2 /proc/cpuinfo 2>/dev/null && echo avx2 || echo portable)
else
TEST_ISAS ?= portable
endif

test-native: $(TESTS_DIR)/ranges.inc  ## the C++ headers under sanitizers: laws, block sizes, allocations
	@$(MAKE) --no-print-directory -j $(JOBS) $(foreach isa,$(TEST_ISAS),$(NATIVE_TESTS:%=$(TESTS_DIR)/%.$(isa).passed))

$(TESTS_DIR)/ranges.inc: $(VENV)/.installed native/tests/ranges.py $(wildcard src/mixwright/dsp/*.py) src/mixwright/mix_model.py
	@mkdir -p $(TESTS_DIR)
	@$(BIN)/python native/tests/ranges.py $@

.SECONDARY:
define native_test
$(TESTS_DIR)/%.$(1): native/tests/%.cpp native/tests/check.hpp $(TESTS_DIR)/ranges.inc $(HEADERS)
	@$$(CXX) $(TEST_FLAGS) $$(MARCH_$(1)) $$< -o $$@
$(TESTS_DIR)/%.$(1).passed: $(TESTS_DIR)/%.$(1)
	@$$< > $$@.log || { cat $$@.log; echo "native test $$< failed" >&2; exit 1; }
	@sed 's/^/  $(1)/' $$@.log
	@touch $$@
endef
$(foreach isa,$(TEST_ISAS),$(eval $(call native_test,$(isa))))

# --- a wheel for others ----------------------------------------------------------------------------

wheel: setup  ## a manylinux wheel in dist/, tried where there is no compiler
	@scripts/make_wheel.sh $(BIN)/python

bench: setup  ## speed of the console against peers, in one run
	@$(BIN)/python -m benchmarks.speed

quality: setup  ## mixes of ours and of others beside human ones, to docs/quality.md
	@$(BIN)/python -m benchmarks.quality --write

clean:  ## remove everything made here
	rm -rf $(VENV) .venv-bench build dist wheelhouse out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f src/mixwright/_native_*
	find src tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +
