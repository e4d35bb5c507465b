# Every target sets up what it needs by itself; `make` alone lists them.
#
#   PYTHON=/path/to/python   the interpreter to make the environment with (3.11 to 3.13)
#   VENV=.venv               where that environment is
#   STAGE=prod               name of the deployment that `make package` builds for (dev)
#   REQUIRED=yes             have `make audit` fail where no advisory service can be reached
#   BUCKET=name              where `make package` is to say that the code is
#   FAULTS="fail=0.05"       accidents of the WhatsApp sandbox, for run and demo (docs/development.md)

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV ?= .venv
PYTHON ?=
FAULTS ?=
BUCKET ?=
STAGE ?= dev
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
# Wheels that are in the lock, byte for byte, and nothing else: nothing is resolved, nothing is built.
LOCKED := --no-deps --require-hashes --only-binary=:all:
MODULES := frontend/node_modules/.ready
SPA := frontend/dist/index.html
SPA_SOURCES := $(shell find frontend \( -name node_modules -o -name dist -o -name .tanstack \) -prune -o -type f -print 2>/dev/null)

.PHONY: help setup run run-lambda demo demo-faults stop verify package openapi
.PHONY: test test-unit test-component test-integration test-package test-contract test-browser
.PHONY: test-frontend coverage lint format lock audit sbom clean fuzz schemathesis bench FORCE

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile

# ---------------------------------------------------------------- set-up

setup: $(READY) $(MODULES) ## Install what Parley is built with, into .venv and frontend/node_modules

# PYTHON names another version than the environment was made with: make it anew.
ifneq ($(PYTHON),)
ifneq ($(shell "$(PYTHON)" --version 2>/dev/null),$(shell $(PY) --version 2>/dev/null))
$(READY): FORCE
endif
endif

$(READY): requirements-dev.txt
	@usable='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
	if [ -n "$(PYTHON)" ] || ! $(PY) -c "$$usable" 2>/dev/null; then
	    found=
	    # A name may be there and not run: pyenv leaves such shims.
	    for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do
	        if "$$python" -c "$$usable" 2>/dev/null; then found=$$python; break; fi
	    done
	    if [ -z "$$found" ]; then
	        echo "Parley needs Python 3.11, 3.12 or 3.13 with its venv module (Debian: apt install python3-venv)." >&2
	        echo "$(or $(PYTHON:%=PYTHON=% is not one.),None was found. Install one or say where it is: make setup PYTHON=/path/to/python)" >&2
	        exit 1
	    fi
	    echo "Making $(VENV) with $$("$$found" --version)"
	    "$$found" -m venv --clear $(VENV)
	fi
	echo "Installing what requirements-dev.txt pins"
	$(PY) -m pip install --quiet --disable-pip-version-check $(LOCKED) -r requirements-dev.txt
	touch $@

$(MODULES): frontend/package.json frontend/package-lock.json
	@command -v npm >/dev/null || { echo "Parley's app in the browser is built with Node 20.19 or later: install it, with npm." >&2; exit 1; }
	echo "Installing what frontend/package-lock.json pins"
	cd frontend
	npm ci --no-audit --no-fund --loglevel=error
	touch node_modules/.ready

$(SPA): $(MODULES) $(SPA_SOURCES)
	@echo "Building the app in the browser"
	cd frontend
	npm run --silent build -- --logLevel warn
	touch dist/index.html

# ---------------------------------------------------------------- run

run: $(READY) $(SPA) ## Start everything, run the demo campaign, print the URLs and stay up
	@SANDBOX_FAULTS="$(FAULTS)" exec $(PY) -m demo --stay

run-lambda: $(READY) $(SPA) ## The same, with every route and consumer a packaged Lambda function
	@SANDBOX_FAULTS="$(FAULTS)" exec $(PY) -m demo --stay --lambda

demo: $(READY) $(SPA) ## Run the demo campaign from CSV to reconciled report, and stop
	@SANDBOX_FAULTS="$(FAULTS)" exec $(PY) -m demo

demo-faults: ## The demo with a sandbox that fails sends, and repeats and reorders its webhooks
	@$(MAKE) demo FAULTS="fail=0.05,duplicate=0.2,reorder=0.2"

stop: $(READY) ## Stop what `make run` or `make demo` left running in this folder
	@$(PY) -m infra.local.stop

verify: $(READY) ## Ask the running API for the health of each service
	@$(PY) -m infra.local.verify

# ---------------------------------------------------------------- build

package: $(READY) ## Build build/template.json and build/deployment.zip, ready for CloudFormation
	@$(PY) -m infra.package --stage $(STAGE) --bucket "$(BUCKET)"

openapi: $(READY) $(MODULES) ## Write chalicelib/openapi.json from the routes, and the SPA's types from it
	@$(PY) -m infra.openapi
	cd frontend
	npm run --silent generate

# ---------------------------------------------------------------- test

PYTEST := $(PY) -m pytest
# What needs nothing but its own process is shared among the cores.
SHARED := --numprocesses auto --quiet
# Most of what these do is to wait; each of the two has a stack of its own.
TWO := --numprocesses 2 --dist loadfile --quiet

test: lint test-frontend $(SPA) ## Everything that CI runs: lint, the frontend's checks, all six tiers
	@$(PYTEST) $(SHARED) -m "unit or component or contract"
	$(PYTEST) --quiet -m package
	$(PYTEST) $(TWO) -m integration
	$(PYTEST) $(TWO) -m browser

test-unit: $(READY) ## Rules, payloads, keys and joins
	@$(PYTEST) $(SHARED) -m unit

test-component: $(READY) ## Services, storage and the sandbox, in one process
	@$(PYTEST) -m component

test-integration: $(READY) ## Queues, races, kills and whole campaigns on MiniStack, or on AWS_ENDPOINT_URL
	@$(PYTEST) $(TWO) -m integration

test-package: $(READY) ## The built template and zip: linted, taken apart, deployed
	@$(PYTEST) -m package

test-contract: $(READY) ## The OpenAPI document, Meta's payloads, a client written by others
	@$(PYTEST) $(SHARED) -m contract

test-browser: $(READY) $(SPA) ## The main tasks in a real Chromium
	@$(PYTEST) $(TWO) -m browser

test-frontend: $(MODULES) ## The SPA's types, rules, unit tests, build and size
	@cd frontend
	npm run --silent check

fuzz: $(READY) ## 100,000 mutated deliveries through the parser and the webhook: a few minutes
	@$(PY) -m tests.fuzz $(COUNT) $(SEED)

schemathesis: $(READY) ## The running API against its OpenAPI document, for some ten minutes; SEED=, COUNT= of each route
	@$(PY) -m tests.fuzz.openapi --examples $(or $(COUNT),50) $(if $(SEED),--seed $(SEED))

bench: $(READY) ## Measure what docs/benchmarks.md tells, and write it: some 25 minutes; NAME= runs one
	@$(PY) -m bench $(or $(NAME),all)

coverage: $(READY) ## The unit and component tiers, with the lines and branches that they miss
	@$(PYTEST) -m "unit or component" --cov --cov-report=term

lint: $(READY) $(MODULES) ## ruff, mypy, import-linter, biome
	@$(PY) -m ruff check .
	$(PY) -m ruff format --check --quiet . || { echo "Not formatted: run 'make format'." >&2; exit 1; }
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	cd frontend
	npm run --silent lint

format: $(READY) $(MODULES) ## Let ruff and biome put the code in order
	@$(PY) -m ruff check --fix --quiet . || true
	$(PY) -m ruff format .
	cd frontend
	npm run --silent format

LOCK := $(VENV)/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
    --generate-hashes --no-annotate --custom-compile-command "make lock" $(UPGRADE:%=--upgrade-package %)

lock: $(READY) ## Write the locks from requirements*.in; UPGRADE="httpx pydantic" takes their newest
	@$(LOCK) requirements.in --override requirements-overrides.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) infra/local/requirements-ministack.in -o infra/local/requirements-ministack.txt

# What runs; ruff's S rules hold the rest too.
CODE := app.py chalicelib infra sandbox demo
SETTINGS := .ci .chalice Makefile frontend/src '*.yml' '*.yaml' '*.toml' '*.json' '*.md' \
    ':!tests' ':!chalicelib/openapi.json' ':!*/package-lock.json'
SECRETS := xargs -0 -r $(VENV)/bin/detect-secrets-hook --no-verify --exclude-lines 'secret: true'

audit: $(READY) $(MODULES) ## bandit, a search for secrets in what git holds, known vulnerabilities of what is locked
	@$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive $(CODE)
	# Words such as "password =" are looked for where ruff's S105 to S107 do not look; what looks
	# random, or like a known kind of key, everywhere but in Meta's examples.
	git ls-files -z -- $(SETTINGS) | $(SECRETS)
	git ls-files -z -- . ':!*/package-lock.json' ':!tests/payloads' | $(SECRETS) --disable-plugin KeywordDetector
	$(PY) -m infra.advisories $(if $(REQUIRED),--required)

sbom: $(READY) $(MODULES) ## Write build/sbom.json and build/sbom-app.json: what is deployed, as CycloneDX
	@mkdir -p build
	# It warns that a list of requirements is no graph of them.
	PYTHONWARNINGS=ignore $(VENV)/bin/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml \
	    --output-reproducible --of JSON -o build/sbom.json
	cd frontend
	npm sbom --sbom-format cyclonedx --omit dev --package-lock-only > ../build/sbom-app.json

clean: ## Remove what was built, installed and kept: .venv, node_modules, build, .local
	@rm -rf $(VENV) frontend/node_modules frontend/dist build .local
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
