# One command each: `make run` shows the main job, `make test` proves it, `make check` reads the code.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
ONLY ?=
WORKERS ?= 2

.PHONY: help run test check bench browser screenshots lock translations clean

help:            ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 13) else "Python 3.11 or 3.12 is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch .venv/ready

run: .venv/ready          ## set up, load the sample city, start web and scheduler
	$(BIN)/carbon demo

browser: .venv/ready
	@$(BIN)/python scripts/ensure_chromium.py

test: .venv/ready browser ## every test, the browser's too
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(if $(ONLY),-k "$(ONLY)")

check: .venv/ready        ## ruff, mypy strict, import contracts, translations, migrations equal tables
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_translations.py
	$(BIN)/python scripts/check_migrations.py

bench: .venv/ready        ## measured ratios, written to benchmarks/latest.json (ONLY=name runs one)
	$(BIN)/python -m benchmarks $(ONLY)

screenshots: .venv/ready browser ## pictures of each page, desktop and phone, both languages
	$(BIN)/python scripts/take_screenshots.py

translations: .venv/ready ## collect the texts of code and pages into web/locale
	$(BIN)/python scripts/update_translations.py

clean:           ## remove the environment and the trial data
	rm -rf .venv .carbon
