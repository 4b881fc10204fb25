# The two commands of the README are `make run` and `make test`.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv/bin

.PHONY: help run code test hard check bench messages lock

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run:  ## start the desk with a small demo city at http://localhost:8000 (Ctrl-C stops it)
	@$(PYTHON) scripts/bootstrap.py
	@SECDESK_MODE=demo exec $(VENV)/python manage.py run_demo --port $(PORT)

code:  ## present log-in code of a demo person: make code WHO=csirt1
	@SECDESK_MODE=demo $(VENV)/python manage.py code $(WHO)

test:  ## all tests: SQLite, and PostgreSQL and Chromium where installed
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(VENV)/python scripts/run_tests.py

hard:  ## minutes of kill -9 and of guessing beside a working owner, on both databases
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(VENV)/python scripts/run_tests.py --hard

check:  ## style, types, security, translations, migrations, production settings
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(VENV)/python scripts/run_checks.py

bench:  ## measure; one JSON line per figure
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(VENV)/python -m tests.bench

messages:  ## bring the catalogue up to date with the source, name what is not translated
	@$(VENV)/python scripts/check_translations.py --update || true
	@$(PYTHON) scripts/bootstrap.py --dev

lock:  ## lock dependencies with hashes and no host names (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements-dev.txt
