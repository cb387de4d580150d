# Every command of this project. `make` alone lists them.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin

# Debian's images set it, and every run would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
# make PYTHON=/opt/python3.13/bin/python3 picks another Python than the newest on PATH.
export PYTHON

# What needs a server, a screen, a process of its own or a mail collection is left to `make test`.
SERVERS := dovecot or desktop or systemd or daemon
MEASURES := (corpora or accuracy or wide) and not ($(SERVERS))
NEEDS_THE_WORLD := $(SERVERS) or corpora or accuracy or wide
# How many examples each property is tried on (tests/conftest.py); `make test` says "thorough".
PROPERTIES := quick

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z.]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/.demo ## Run the whole job on a made-up mailbox (ARGS=--once ends after the first round)
	@$(BIN)/watcher demo $(ARGS)

.PHONY: check
check: .venv/.dev ## The gate: lint, format, types, import rules, unit tests
	@$(MAKE) -j2 --keep-going --output-sync=target lint types imports unit

.PHONY: test
test: servers .venv/.dev ## Everything: the gate, then the tests against real servers
	@$(MAKE) check PROPERTIES=thorough
	$(BIN)/pytest -n 2 -m "$(MEASURES)"
	$(BIN)/pytest -m "$(SERVERS)"

.PHONY: accuracy
accuracy: .venv/.dev ## How right the judgement is: figures, floors, baselines; writes docs/accuracy.md
	@$(BIN)/python -m tests.accuracy

.PHONY: soak
soak: servers .venv/.dev ## 500 harmed syncs, a fortnight of kills, a quarter of reminders (docs/reliability.md)
	@failed=0; for part in chaos daemon.fortnight simulation; do \
		$(BIN)/python -m tests.$$part || failed=1; \
	done; exit $$failed

.PHONY: bench
bench: .venv/.dev ## How fast it is, beside isync and notmuch and the floors; writes docs/benchmarks.md
	@scripts/test-servers isync notmuch
	@$(BIN)/python -m bench $(ARGS)

.PHONY: format
format: .venv/.dev ## Put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: build
build: .venv/.dev ## Make the wheel and the source distribution in dist/
	@$(BIN)/pip install --quiet --disable-pip-version-check build
	@rm -rf dist
	$(BIN)/python -m build

.PHONY: clean
clean: ## Remove all that these commands made, the environment too
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find watcher tests migrations -name __pycache__ -prune -exec rm -rf {} +

.PHONY: lint types imports unit
lint: .venv/.dev ## ruff: faults and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
types: .venv/.dev ## mypy --strict
	$(BIN)/mypy
imports: .venv/.dev ## Which room may import which (docs/architecture.md)
	$(BIN)/lint-imports
unit: .venv/.dev ## The tests that need nothing but Python
	$(BIN)/pytest -n 2 --hypothesis-profile=$(PROPERTIES) -m "not ($(NEEDS_THE_WORLD))"

.PHONY: servers
servers: ## Install what the tests talk to (Debian and Ubuntu, as root or with sudo)
	@scripts/test-servers

# The environment is made anew only when what it holds has changed.
.venv/.demo: pyproject.toml scripts/environment
	@scripts/environment demo,desktop
	@touch $@

.venv/.dev: pyproject.toml scripts/environment
	@scripts/environment demo,dev,desktop,oauth,pictures,push
	@touch .venv/.demo $@
