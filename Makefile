# Everything a newcomer needs is `make run` and `make test`. `make` alone lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
LOCK := deploy/requirements/lock.txt
FRONTEND := runtime/frontend
STAMPS := $(VENV)/.stamps
# What is compiled is kept outside the tree; a server that compiles all it imports starts seconds later.
export PYTHONPYCACHEPREFIX := $(abspath $(VENV))/compiled
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-heavy test-sample test-full test-setup lint format types imports lock bench loadtest loadtest-full loadtest-peers faults faults-full docs pictures clean

help: ## List these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(STAMPS)/python $(STAMPS)/frontend ## Make the environment in .venv, with the passport command in it
	@echo "Ready: $(BIN)/passport --help"

run: setup ## Run the whole passport with a demo world (HOST=… serves https on your network)
	@$(BIN)/passport serve --host $(HOST) --port $(PORT)

demo: setup ## Walk the first journey and leave every file in demo-out/
	@rm -rf demo-out && $(BIN)/passport demo --out demo-out

test: setup test-setup ## Run every test that CI runs by default
	@$(BIN)/pytest -n 2 --dist loadgroup -m "not full"

test-heavy: setup test-setup ## Run only the heavier suites
	@$(BIN)/pytest -n 2 --dist loadgroup -m full

test-sample: setup test-setup ## Run a fixed sample of the heavier suites, one test in four
	@$(BIN)/pytest -n 2 --dist loadgroup -m full --one-in 4

test-full: test test-heavy ## Run every test

lint: setup imports ## Check style, the import contracts and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: setup ## Put the code in its usual form
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

types: setup ## Check types strictly
	@$(BIN)/mypy

imports: setup ## Check the import contracts
	@$(BIN)/lint-imports

bench: setup ## Print the cost of a verification, of sealing and of bulk issuing, as ratios
	@$(BIN)/python -m loadtest.micro && $(BIN)/python -m loadtest.sealed && $(BIN)/python -m loadtest.bulk

loadtest: setup test-setup ## Load verifiers and all services on this machine for some six minutes
	@$(BIN)/python -m loadtest.run

loadtest-full: setup test-setup ## The same for longer, with every format
	@$(BIN)/python -m loadtest.run --full

loadtest-peers: setup ## Verify the same credentials with our code and with other people's libraries
	@$(BIN)/python -m loadtest.peers

faults: setup test-setup ## Break something under load for some ten minutes, and search for what was lost
	@$(BIN)/python -m loadtest.faults

faults-full: setup test-setup ## The same for longer: 10,000 certificates of a stolen key, half an hour of soak
	@$(BIN)/python -m loadtest.faults --full

lock: $(STAMPS)/venv ## Write the lock files anew from pyproject.toml (no addresses in them)
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --all-extras --no-header -o $(LOCK) pyproject.toml deploy/requirements/tools.in
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header -c $(LOCK) -o deploy/requirements/image.txt pyproject.toml deploy/requirements/tools.in

docs: setup ## Write the generated pages of docs/reference anew
	@$(BIN)/python -m docs.generate

pictures: setup test-setup ## Make the documentation's pictures from the browser tests
	@$(BIN)/pytest -q -n 0 tests/browser && $(BIN)/python -m docs.make_pictures

clean: ## Remove what was built and the demo data
	@rm -rf $(VENV) runtime/build schemas/build data demo-out $(FRONTEND)/node_modules

$(STAMPS)/venv:
	@deploy/make-venv.sh $(PYTHON) $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/python: $(STAMPS)/venv $(LOCK) pyproject.toml
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes $(LOCK)
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/frontend: $(STAMPS)/python $(wildcard $(FRONTEND)/package*.json $(FRONTEND)/*.mjs $(FRONTEND)/src/*)
	@deploy/build-frontend.sh $(FRONTEND) $(BIN)/python
	@touch $@

test-setup: $(STAMPS)/python
	@deploy/test-setup.sh $(BIN)/python
