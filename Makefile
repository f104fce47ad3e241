# make env   sets up .venv; afterwards .venv/bin/snakemake exists
# make demo  runs the main job on three simulated movies, under demo/
# make check lint, and the package's tests: in two minutes
# make test  passes the tests; make test-long those that are too long for every change (docs/tests.md)
# make fuzz  damages all that users give at random, for a quarter of an hour; make cases writes a table of the docs
# make lint  checks the style of the code and of the workflow, and the types

PYTHONS := python3.11 python3.12 python3.13 python3.14 python3
FINDS_PYTHON := $(foreach name,$(PYTHONS),$(name) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $(name) ||)
PYTHON := $(firstword $(shell $(FINDS_PYTHON) true))

ENV := .venv/.installed
SNAKEFMT := .venv-snakefmt/.installed

# images of containers set it; each of hundreds of processes would then compile the sources and tests anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: env demo check test test-long fuzz cases lint

env: $(ENV)

$(ENV): requirements.lock envs/install.sh
	$(needs_python)
	@envs/install.sh $(PYTHON) .venv $(TORCH)
	@touch $@

# make env TORCH=cpu, or cuda, where the other build is there
ifneq ($(filter cpu cuda,$(TORCH)),)
ifneq ($(subst cuda,pypi,$(TORCH)),$(shell cat .venv/.torch 2>/dev/null))
.PHONY: $(ENV)
endif
endif

# its own environment, because it needs a newer click than traccuracy allows
$(SNAKEFMT): Makefile
	$(needs_python)
	@envs/venv.sh $(PYTHON) .venv-snakefmt
	@.venv-snakefmt/bin/python -m pip --disable-pip-version-check --quiet install snakefmt==2.1.0
	@touch $@

demo: $(ENV)
	@mkdir -p demo
	@touch demo/.started
	.venv/bin/snakemake everything explorer --directory demo --profile profiles/local --config movies=../config/demo.tsv
	@if [ demo/results/summary.csv -ot demo/.started ]; then .venv/bin/python workflow/sidewinder summary demo/results; fi
	@echo "The U-Net at work, in a browser: demo/results/explorer/index.html"
	@echo "The report to open first, in a browser: demo/results/report.html"

# the tests of a file stay together, and the longest files begin, in the order of tests/conftest.py
PYTEST := .venv/bin/python -m pytest --dist loadfile

check: lint
	$(PYTEST) -n 2 -m "not workflow and not cluster and not browser and not environment and not slow and not real and not long"

# four on two cores, because the clusters' tests mostly wait
test: $(ENV) $(SNAKEFMT)
	$(PYTEST) -n 4 --no-loadscope-reorder -m "not long"

test-long: $(ENV)
	$(PYTEST) -m long

fuzz: $(ENV)
	.venv/bin/python tests/fuzz

cases: $(ENV)
	.venv/bin/python -m pytest -m case --write-cases

lint: $(ENV) $(SNAKEFMT)
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/snakemake --lint
	.venv/bin/snakemake --lint --snakefile workflow/Snakefile
	.venv-snakefmt/bin/snakefmt --check Snakefile workflow/Snakefile workflow/rules

define needs_python
@if [ -z "$(PYTHON)" ]; then echo "Python 3.11, 3.12, 3.13 or 3.14 is needed: install one (Debian, Ubuntu: apt install python3)"; exit 1; fi
endef
