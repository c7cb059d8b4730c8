# `make` lists the targets. Everything is installed into .venv; nothing outside this folder changes.
PYTHON ?= python3
PORT ?= 8000
ARCH ?= x86_64
MODEL ?= mlp
ENV ?= default
BUILD ?= .aws-sam/build
BIN := .venv/bin
# The last file that npm writes.
npm := .venv/npm/node_modules/.package-lock.json
checkov := .venv/checkov/bin/checkov
export SAM_CLI_TELEMETRY ?= 0
# Bytecode is kept: without it the tests spend more time on importing than on running.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-fast check check-code check-page check-template check-workflows check-container check-supply sbom format \
	models requirements build invoke deploy destroy image bench fuzz soak audit clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

run: .venv/serve ## serve the page and the API on 127.0.0.1:8000 (PORT=..., RELOAD=1)
	@$(BIN)/python serve.py --port $(PORT) $(if $(RELOAD),--reload)

# Exit status 2: interrupted; 5: no test matches ARGS. Otherwise the serial tests run after a failure, too.
test: .venv/develop .venv/ray $(npm) $(checkov) ## run every test (ARGS="-k health")
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m "not serial" --cov --cov-report= $(ARGS); parallel=$$?; \
	[ $$parallel -ne 2 ] || exit 2; \
	$(BIN)/python -m pytest -m serial --cov --cov-append $(ARGS); serial=$$?; \
	for status in $$parallel $$serial; do [ $$status -eq 0 ] || [ $$status -eq 5 ] || exit $$status; done

test-fast: .venv/develop ## run the unit tests, without Docker, browser and slow ones
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not slow and not docker and not browser" $(ARGS) tests/unit

check: check-code check-page check-template check-workflows check-container check-supply ## linters, types, security, licenses

check-code: .venv/develop
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/mypy

# The service worker has a configuration of its own: its global scope is not a window.
check-page: $(npm)
	$(BIN)/python -m supply.npm tsc --project tsconfig.json
	$(BIN)/python -m supply.npm tsc --project tsconfig.worker.json
	$(BIN)/python -m supply.npm biome ci

roles := .github/role.yaml
check-template: .venv/develop $(checkov)
	AWS_DEFAULT_REGION=us-east-1 $(BIN)/sam validate --lint
	$(BIN)/cfn-lint $(roles)
	$(checkov) --file template.yaml $(roles) --framework cloudformation --quiet --compact --skip-download

# Offline: the result depends only on these files.
check-workflows: .venv/develop
	$(BIN)/zizmor --quiet --no-progress --offline --strict-collection --persona pedantic .
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml

check-container: .venv/develop
	$(BIN)/hadolint Dockerfile

check-supply: sbom
	$(BIN)/python -m supply audit

sbom: build ## write the CycloneDX SBOM of the function, with licenses (ARCH=...)
	@$(BIN)/python -m supply sbom $(BUILD)

format: .venv/develop $(npm) ## format the code and apply the linters' fixes
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python -m supply.npm biome check --write

# QUICK=1 writes to its own folder: nothing in it is served or shown.
quick := artifacts/quick
models: .venv/develop ## train, export, evaluate every recipe (QUICK=1: a trial; HANDWRITING="a.json ...")
	@set -e; started=$$(date +%s); \
	$(BIN)/python -m training all $(if $(QUICK),--quick); \
	$(BIN)/python -m export $(if $(QUICK),--artifacts $(quick) --out $(quick)/bundle); \
	$(BIN)/python -m export preview $(if $(QUICK),--artifacts $(quick) --out $(quick)/preview); \
	$(BIN)/python -m evaluation $(if $(HANDWRITING),--handwriting $(HANDWRITING)) \
	$(if $(QUICK),--quick --artifacts $(quick) --bundle $(quick)/bundle); \
	$(BIN)/python -m report $(if $(QUICK),--out $(quick)); \
	$(if $(QUICK),,$(BIN)/python -m report docs; $(BIN)/python -m export document;) \
	seconds=$$(( $$(date +%s) - started )); echo "Training, export and evaluation took $$((seconds / 60)) min $$((seconds % 60)) s."

compile = $(BIN)/uv pip compile -q --universal --python-version 3.13 --custom-compile-command "make requirements" --no-annotate --generate-hashes
requirements: .venv/develop ## compile the pinned requirements from pyproject.toml
	$(compile) pyproject.toml --group serve --group train --group batch --group dev -o requirements.txt
	$(compile) pyproject.toml -c requirements.txt -o functions/requirements.txt
	$(compile) pyproject.toml --group serve -c requirements.txt -o server/requirements.txt
	$(compile) pyproject.toml --group batch -c requirements.txt -o batch/requirements.txt
	$(compile) --group ray -c requirements.txt -o supply/ray.txt
	echo uv | $(compile) - -c requirements.txt -o supply/uv.txt
	echo checkov | $(compile) - -o supply/checkov.txt

# functions/Makefile runs in a temporary folder, where a pyenv shim finds no Python 3.13: .venv is first in PATH.
build: .venv/develop ## build the Lambda function (ARCH=x86_64 or arm64)
	@PATH="$(CURDIR)/$(BIN):$$PATH" ARCH=$(ARCH) $(BIN)/sam build --build-dir $(BUILD) --parameter-overrides Architecture=$(ARCH)

invoke: .venv/develop ## predict a drawn seven with sam local invoke (MODEL=mlp or tree)
	@docker info >/dev/null 2>&1 || { echo "The Docker engine does not run: start Docker, then 'make invoke'."; exit 1; }
	@$(MAKE) --no-print-directory build
	@$(BIN)/python -m tests.support.sam_local $(ARCH)
	@SAM_SKIP_PULL_IMAGE=1 AWS_EC2_METADATA_DISABLED=true $(BIN)/sam local invoke DigitsFunction \
	--event tests/events/predict_$(MODEL).json --parameter-overrides Architecture=$(ARCH)

# Without ARCH=..., a stack keeps its architecture.
architecture = $(if $(filter file,$(origin ARCH)),,Architecture=$(ARCH))
deploy: .venv/develop ## deploy to AWS and print the URL (ENV=prod, PARAMETERS="MemorySize=512 ...")
	@$(BIN)/python -m deploy --env $(ENV) $(if $(STACK),--stack $(STACK)) $(if $(BUILT),--built $(BUILT)) $(architecture) $(PARAMETERS)

destroy: .venv/develop ## delete the deployment, after confirmation (ENV=prod, STACK=...)
	@$(BIN)/python -m deploy destroy --env $(ENV) $(if $(STACK),--stack $(STACK)) $(if $(YES),--yes $(YES))

bench: .venv/develop ## measure cold start, latency, HTTP, memory, size, cost (ARGS="--quick")
	@$(BIN)/python -m benchmarks $(ARGS)

soak: .venv/develop ## load test with killed workers and faults, six minutes (ARGS="--quick")
	@$(BIN)/python -m tests.support.soak $(ARGS)

audit: .venv/develop $(npm) ## audit the page: weight, replay, axe, Lighthouse (three minutes)
	@$(BIN)/python -m tests.support.audits weight
	@$(BIN)/python -m tests.support.audits replay
	@$(BIN)/python -m tests.support.audits axe
	@$(BIN)/python -m tests.support.audits lighthouse

IMAGE ?= digits
TARGET ?= web
# --pull: the newest base image. ARGS="--pull=false" overrides it.
image: ## build the container image, by Docker or Podman (IMAGE=digits, TARGET=web or lambda)
	@for engine in docker podman; do $$engine info >/dev/null 2>&1 && \
	exec $$engine build --pull --target $(TARGET) --tag $(IMAGE) $(ARGS) .; done; \
	echo "No container engine runs: start Docker or install Podman, then 'make image'."; exit 1

fuzz: .venv/develop ## fuzz with millions of malformed inputs (ten minutes)
	@$(BIN)/python -m tests.support.fuzz

clean: ## remove generated files and the environment
	rm -rf .venv .aws-sam .bench artifacts .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# One line on failure; the log file has the installer's whole output.
or_fail = || { echo "Installing failed (offline?). The last line of .venv/install.log: $$(tail -n 1 .venv/install.log)"; exit 1; }
install = $(BIN)/uv pip install --compile-bytecode --require-hashes --python $(BIN)/python -r $(1) >.venv/install.log 2>&1 $(or_fail)

.venv/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null || { \
	echo "Python 3.13 is needed and '$(PYTHON)' is another version: run 'uv python install 3.13' or 'pyenv install 3.13', then 'make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)'."; exit 1; }
	@echo "Creating .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --require-hashes -r supply/uv.txt >.venv/install.log 2>&1 $(or_fail)
	@echo "$(CURDIR)/functions" > $$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')/digits.pth
	@touch $@

.venv/serve: server/requirements.txt | .venv/uv
	@echo "Installing the serving dependencies ..."
	@$(call install,server/requirements.txt)
	@touch $@

.venv/develop: requirements.txt | .venv/uv
	@echo "Installing the development dependencies ..."
	@$(call install,requirements.txt)
	@touch $@ .venv/serve

# python -m batch, on a machine that does nothing else.
.venv/batch: batch/requirements.txt | .venv/uv
	@echo "Installing the dependencies of python -m batch ..."
	@$(call install,batch/requirements.txt)
	@touch $@

.venv/ray: supply/ray.txt | .venv/batch
	@echo "Installing Ray ..."
	@$(call install,supply/ray.txt)
	@touch $@

# TypeScript, Biome, axe and Lighthouse are npm packages; the Node.js that runs them is in .venv.
$(npm): supply/npm/package-lock.json | .venv/develop
	@echo "Installing TypeScript, Biome, axe and Lighthouse ..."
	@$(BIN)/python -m supply.npm >.venv/install.log 2>&1 $(or_fail)

# checkov needs another version of boto3: it has its own environment.
$(checkov): supply/checkov.txt | .venv/uv
	@echo "Installing checkov ..."
	@{ $(BIN)/uv venv --clear --python $(BIN)/python .venv/checkov && \
	$(BIN)/uv pip install --require-hashes --python .venv/checkov/bin/python -r supply/checkov.txt; } >.venv/install.log 2>&1 $(or_fail)
	@touch $@
