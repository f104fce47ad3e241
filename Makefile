# make env   sets up .venv; afterwards .venv/bin/snakemake exists
# make demo  runs the main job on three simulated movies, under demo/
# make test  passes the tests
# make lint  checks the style of the code and of the workflow

PYTHONS := python3.11 python3.12 python3.13 python3.14 python3
FINDS_PYTHON := $(foreach name,$(PYTHONS),$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name) ||)
PYTHON := $(firstword $(shell $(FINDS_PYTHON) true))

ENV := .venv/.installed
SNAKEFMT := .venv-snakefmt/.installed
PIP := -m pip --disable-pip-version-check --quiet

.PHONY: env demo test lint

env: $(ENV)

# PyTorch first and on its own: it is by far the largest, and an interrupted call need not fetch it twice
$(ENV): requirements.lock
	$(call venv,.venv)
	@echo "installing PyTorch into .venv (this takes a few minutes)"
	@.venv/bin/python $(PIP) install -c requirements.lock torch
	@echo "installing everything else into .venv"
	@.venv/bin/python $(PIP) install -r requirements.lock
	@touch $@

# its own environment, because it needs a newer click than traccuracy allows
$(SNAKEFMT): Makefile
	$(call venv,.venv-snakefmt)
	@.venv-snakefmt/bin/python $(PIP) install snakefmt==2.1.0
	@touch $@

demo: $(ENV)
	@mkdir -p demo
	@touch demo/.started
	.venv/bin/snakemake --directory demo --profile profiles/local --config movies=../config/demo.tsv
	@if [ demo/results/summary.csv -ot demo/.started ]; then PYTHONPATH=workflow .venv/bin/python -m sidewinder.driver.ending demo/results; fi

test: $(ENV) $(SNAKEFMT)
	.venv/bin/python -m pytest -n 3 --dist loadfile

lint: $(ENV) $(SNAKEFMT)
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/snakemake --lint
	.venv-snakefmt/bin/snakefmt --check Snakefile workflow/rules

define venv
@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed: install it (Debian, Ubuntu: apt install python3)"; exit 1; fi
@$(PYTHON) -c 'import venv' 2>/dev/null || { echo "Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv $(1); \
else $(PYTHON) -m venv --without-pip $(1) && $(1)/bin/python envs/fetch_pip.py; fi
endef
