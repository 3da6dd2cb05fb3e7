# `make run` on a fresh clone gives the whole product; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# A private copy where the machine has no uv.
UV := $(or $(shell command -v uv),var/uv-venv/bin/uv)
# Found when it is used: the first use installs it where the machine has none.
NPM = PATH="$$(deploy/find-node --install):$$PATH" npm --prefix web
export RASA_TELEMETRY_ENABLED := false
PYTHON := .venv/bin/python
BOT_PYTHON := bot/.venv/bin/python
STAMPS := var/stamps
# Test databases live in memory where there is room: nothing has to survive, and a disk makes each wait.
IN_MEMORY := TMPDIR=$(or $(patsubst %/.,%,$(wildcard /dev/shm/.)),/tmp)

.PHONY: help run setup check test test-fast test-integration test-bot test-web test-e2e train evaluate migrate web load kill-test clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

run: setup web migrate train ## Start everything and print the addresses
	$(PYTHON) -m helpdesk.first_start
	exec $(PYTHON) -m deploy.local

setup: $(STAMPS)/app $(STAMPS)/bot $(STAMPS)/web ## Install both Python environments and the front end's packages

var/uv-venv/bin/uv:
	python3 -m venv var/uv-venv
	var/uv-venv/bin/pip install --quiet --disable-pip-version-check uv

$(STAMPS)/app: pyproject.toml uv.lock $(if $(findstring var/,$(UV)),$(UV))
	$(UV) sync --locked --python 3.12
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/bot: bot/pyproject.toml bot/uv.lock $(if $(findstring var/,$(UV)),$(UV))
	$(UV) sync --locked --project bot --python 3.10
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/web: web/package.json web/package-lock.json
	$(NPM) ci --no-audit --no-fund --loglevel=error
	@mkdir -p $(STAMPS) && touch $@

web: $(STAMPS)/web-built ## Build zone, desk and widget

$(STAMPS)/web-built: $(STAMPS)/web $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
	$(NPM) run --silent build
	@mkdir -p $(STAMPS) && touch $@

migrate: $(STAMPS)/app ## Bring the database up to date
	.venv/bin/alembic upgrade head

train: $(STAMPS)/bot ## Train the bot if its data changed
	$(BOT_PYTHON) -m bot.train_if_stale

evaluate: $(STAMPS)/bot ## Classify INPUT=questions.jsonl into OUTPUT=predictions.jsonl
	$(BOT_PYTHON) -m bot.evaluate $(INPUT) $(OUTPUT)

check: setup ## Everything quick: style, types, architecture, articles, unit tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PYTHON) -m helpdesk.knowledge.check
	$(PYTHON) -m helpdesk.working_time
	$(NPM) run --silent check
	$(MAKE) --no-print-directory test-fast

test-fast: setup
	$(IN_MEMORY) .venv/bin/pytest tests/unit tests/properties -n 2

test: check test-web test-integration test-bot test-e2e ## Everything CI runs

test-web: setup
	$(NPM) test --silent

test-integration: setup ## Services and gateway on SQLite and PostgreSQL
	deploy/ensure-package postgresql postgres
	$(IN_MEMORY) .venv/bin/pytest tests/integration -n 2

test-bot: train ## NLU components, channel and conversations on real Rasa
	$(BOT_PYTHON) -m pytest -c bot/pytest.ini --rootdir . --confcutdir tests tests/nlu tests/engine
	$(BOT_PYTHON) -m bot.engine.rasa_command data validate --fail-on-warnings
	$(BOT_PYTHON) -m bot.engine.rasa_command test core --stories tests/conversations --fail-on-prediction-errors --no-plot --out var/results

test-e2e: web train ## Three real processes and Debian's Chromium
	deploy/ensure-package chromium chromium
	.venv/bin/pytest tests/e2e

LOAD_SECONDS ?= 300

load: $(STAMPS)/app ## 200 agents, 2 000 conversations and 50 messages a second, measured and audited on both databases
	deploy/ensure-package postgresql postgres
	$(PYTHON) -m tests.load --seconds $(LOAD_SECONDS)

KILLS ?= 50

kill-test: train $(STAMPS)/app ## Kill gateway, bot and actions at random KILLS times under load, and audit
	$(PYTHON) -m tests.load.kill --kills $(KILLS)

clean: ## Remove what was built; keeps var/ with its database
	rm -rf web/dist web/node_modules .venv bot/.venv models .rasa $(STAMPS)
