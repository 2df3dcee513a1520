# The four words of the project: run, test, check, bench. Needs Python 3.11 or newer with venv; `make help` lists all.
#
# Everything installed lands in .venv. A stamp named after the pins' checksum says what is installed already,
# so that a second start installs nothing and a changed requirements file installs itself.

HOST ?= 127.0.0.1
PORT ?= 8000

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
MADE := .venv/made
RUN := .venv/installed-$(shell cksum < requirements.txt | tr ' ' -)
DEV := .venv/installed-dev-$(shell cksum < requirements-dev.txt | tr ' ' -)

.PHONY: help run test check bench faults pin install tools format

help: ## say what each word does
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile

run: export INSPECT_DEMO ?= 1
run: export INSPECT_BASE_URL ?= http://$(if $(filter 0.0.0.0,$(HOST)),127.0.0.1,$(HOST)):$(PORT)
run: $(RUN) ## install, migrate, load demo data into an empty database, serve on HOST (127.0.0.1) and PORT (8000)
	@$(PY) -m flask --app wsgi prepare
	@exec $(PY) -m gunicorn -c python:inspect_app.gunicorn --no-control-socket -b $(HOST):$(PORT) wsgi:app

test: $(DEV) tools ## run every test: SQLite, PostgreSQL, S3 server, Chromium, LibreOffice, JavaScript
	@$(PY) -m pytest -n 2 --dist worksteal
	@node --test $(wildcard tests/js/*.js tests/js/*.mjs)

check: $(DEV) ## check style, types, import rules, house rules, translations, and that migrations equal the models
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()'
	@$(PY) -m tests.check_translations
	@$(PY) -m pytest tests/test_house.py tests/storage/test_migrations.py

bench: $(DEV) ## measure, and print the figures with machine, versions and date
	@$(PY) -m bench

faults: $(DEV) tools ## break everything around the phone, and count what is lost, doubled or silent
	@$(PY) -m tests.faults

format: $(DEV) ## let ruff rewrite what it can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

pin: $(DEV) ## pin the newest versions of requirements.in and requirements-dev.in, with hashes
	@for list in requirements requirements-dev; do \
		$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --generate-hashes \
			$$list.in -o $$list.txt || exit 1; done

install: $(RUN) ## install what the program needs and stop there

$(MADE):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

$(RUN): $(MADE)
	@echo "Installing the pinned packages into .venv ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV): $(MADE)
	@echo "Installing the pinned packages for tests into .venv ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(RUN)

# Programs that no Python package brings. With apt and root they install themselves; else the tests say what is missing.
tools:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v soffice >/dev/null || missing="$$missing libreoffice-calc-nogui"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	command -v WebKitWebDriver >/dev/null || missing="$$missing webkit2gtk-driver"; \
	command -v Xvfb >/dev/null || missing="$$missing xvfb"; \
	ls /usr/share/fonts/truetype/liberation*/LiberationSerif-Regular.ttf >/dev/null 2>&1 || missing="$$missing fonts-liberation"; \
	if [ -n "$$missing" ] && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing$$missing ..."; \
		apt-get update -qq </dev/null && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing </dev/null >/dev/null; \
	elif [ -n "$$missing" ]; then echo "Tests will fail for want of:$$missing" >&2; fi
