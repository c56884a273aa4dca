# `make help` lists the targets. Everything is installed under .venv; nothing outside this folder is changed,
# except that `make test` may fetch a browser when none is installed.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export OMP_NUM_THREADS ?= 1
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: help setup serve demo test lint docs train evaluate bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Install Python 3.10 packages exactly as locked

$(VENV)/.installed: requirements.lock pyproject.toml scripts/install
	@scripts/install
	@touch $@

serve: setup ## Run the product at http://localhost:8000 (trains the first time)
	@$(BIN)/aftercare serve

demo: setup ## Show the product with made-up conversations (made the first time)
	@test -e var/demo/aftercare.sqlite3 || $(BIN)/aftercare demo
	@$(BIN)/aftercare serve --data-dir var/demo

train: setup ## Train the language model if anything it depends on changed
	@$(BIN)/aftercare train

test: setup ## Run every test, the browser tests included
	@scripts/browser
	@$(BIN)/aftercare train
	@$(BIN)/rasa data validate --fail-on-warnings
	@$(BIN)/rasa test core --stories tests/stories --fail-on-prediction-errors --out var/rasa-test
	@$(BIN)/pytest

lint: setup ## Run ruff, mypy and yamllint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/yamllint protocol data tests

docs: setup ## Write the generated documents again
	@$(BIN)/aftercare protocol docs

evaluate: setup ## Measure understanding and triage, and write the report
	@$(BIN)/aftercare evaluate

bench: setup ## Measure speed and write the report
	@$(BIN)/aftercare bench

lock: ## Resolve the dependencies again (needs uv)
	uv pip compile pyproject.toml --all-extras --override requirements.overrides --generate-hashes \
	  --python-version 3.10 --no-annotate --custom-compile-command "make lock" -o requirements.lock

clean: ## Remove what was installed, trained and recorded here
	rm -rf $(VENV) .uv models var .rasa
