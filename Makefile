# Two commands matter: `make demo` shows it, `make test` proves it.
SHELL := /bin/bash
PY := .venv/bin/python
STAMPS := var/.stamps
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test bench setup web api lint format types imports check clean screenshots

help: ## say what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(STAMPS)/run $(STAMPS)/web ## install, build, seed a lively mall if there is none, and serve it
	@exec .venv/bin/galleria demo

test: $(STAMPS)/dev $(STAMPS)/web $(STAMPS)/browser ## everything CI runs, from a bare clone
	@bash .ci/checks

bench: $(STAMPS)/dev ## measure what is promised; ONLY=name for one
	@$(PY) -m bench $(ONLY)

setup: $(STAMPS)/dev $(STAMPS)/web $(STAMPS)/browser ## everything a developer needs

web: $(STAMPS)/web ## build the web apps into the package

api: $(STAMPS)/dev ## write openapi.json and the web client's types from the code
	@$(PY) -m galleria.cli openapi > openapi.json && cd web && npm run --silent api

format: $(STAMPS)/dev ## let the formatters have their way
	@.venv/bin/ruff format -q . && .venv/bin/ruff check --fix -q . && cd web && npm run --silent format

clean: ## remove what was built; keeps the demo's data
	rm -rf .venv $(STAMPS) web/node_modules web/*/dist src/galleria/web_dist

.venv/bin/python:
	@echo "· making a virtual environment"; python3 -m venv .venv

$(STAMPS)/run: requirements.lock pyproject.toml | .venv/bin/python
	@echo "· installing Python packages"
	@.venv/bin/pip install -q --require-hashes -r requirements.lock
	@.venv/bin/pip install -q --no-deps --no-build-isolation -e . 2>/dev/null || .venv/bin/pip install -q --no-deps -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/run
	@echo "· installing the developers' Python packages"
	@.venv/bin/pip install -q --require-hashes -r requirements-dev.lock
	@touch $@

$(STAMPS)/npm: web/package-lock.json | $(STAMPS)/run
	@echo "· installing web packages"
	@cd web && npm ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/web: $(STAMPS)/npm $(shell find web -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print 2>/dev/null)
	@echo "· building the web apps"
	@cd web && npm run --silent build
	@rm -rf src/galleria/web_dist && mkdir -p src/galleria/web_dist
	@cp -r web/shopper/dist src/galleria/web_dist/shopper && cp -r web/console/dist src/galleria/web_dist/console
	@touch $@

$(STAMPS)/browser: | $(STAMPS)/run
	@command -v chromium >/dev/null || { echo "· installing Chromium"; apt-get -qq update && apt-get -qq install -y chromium >/dev/null; }
	@fc-list :lang=zh 2>/dev/null | grep -q . || { echo "· installing a Chinese font"; apt-get -qq install -y fonts-noto-cjk >/dev/null; }
	@touch $@
