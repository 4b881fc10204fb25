# The two commands of the README are `make run` and `make test`.
PYTHON ?= python3
VENV := .venv/bin

.PHONY: messages lock

lock:  ## lock dependencies with hashes and no host names
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements-dev.txt

messages:  ## collect and compile translations
	$(VENV)/python manage.py makemessages -l ja --no-location --no-obsolete --no-wrap --ignore=.venv --ignore=var --ignore=tests
	$(VENV)/pybabel -q compile -d locale -D django
