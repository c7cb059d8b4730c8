# `make` lists the targets. Everything is installed into .venv; nothing outside this folder is changed.
PYTHON ?= python3
PORT ?= 8000
ARCH ?= x86_64
MODEL ?= mlp
ENV ?= default
BUILD ?= .aws-sam/build
BIN := .venv/bin
# What npm writes last.
npm := .venv/npm/node_modules/.package-lock.json
checkov := .venv/checkov/bin/checkov
export SAM_CLI_TELEMETRY ?= 0

.DEFAULT_GOAL := help
.PHONY: help run test check check-code check-template check-workflows check-container check-supply sbom format models \
	requirements build invoke deploy destroy image bench fuzz soak audit clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

run: .venv/serve ## serve the page and the API on 127.0.0.1:8000 (PORT=...)
	@$(BIN)/python serve.py --port $(PORT)

test: .venv/develop $(npm) $(checkov) ## run every test
	@$(BIN)/python -m pytest --cov $(ARGS)

check: check-code check-template check-workflows check-container check-supply ## format, types, policies, licences

check-code: .venv/develop
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

roles := .github/role.yaml
check-template: .venv/develop $(checkov)
	AWS_DEFAULT_REGION=us-east-1 $(BIN)/sam validate --lint
	$(BIN)/cfn-lint $(roles)
	$(checkov) --file template.yaml $(roles) --framework cloudformation --quiet --compact --skip-download

# The auditor's pedantic self; offline, so that the answer is of these files alone.
check-workflows: .venv/develop
	$(BIN)/zizmor --quiet --no-progress --offline --strict-collection --persona pedantic .
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

check-container: .venv/develop
	$(BIN)/hadolint Dockerfile

check-supply: sbom
	$(BIN)/python -m supply audit

sbom: build ## list what ships with its licences, write it as CycloneDX (ARCH=...)
	@$(BIN)/python -m supply sbom $(BUILD)

format: .venv/develop ## rewrite the code as `make check` wants it
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# A quick round keeps to its own folder: what it makes is neither served nor shown.
quick := artifacts/quick
models: .venv/develop ## train, export, evaluate every recipe (QUICK=1: a trial; HANDWRITING="a.json ...")
	@set -e; started=$$(date +%s); \
	$(BIN)/python -m training all $(if $(QUICK),--quick); \
	$(BIN)/python -m export $(if $(QUICK),--artifacts $(quick) --out $(quick)/bundle); \
	$(BIN)/python -m evaluation $(if $(HANDWRITING),--handwriting $(HANDWRITING)) \
	$(if $(QUICK),--quick --artifacts $(quick) --bundle $(quick)/bundle --out $(quick)/report); \
	$(BIN)/python -m report $(if $(QUICK),--out $(quick)/report); \
	$(if $(QUICK),,$(BIN)/python -m report.readme; $(BIN)/python -m export.document;) \
	seconds=$$(( $$(date +%s) - started )); echo "All of it took $$((seconds / 60)) min $$((seconds % 60)) s."

requirements: .venv/develop ## compile the pinned requirements from pyproject.toml
	$(BIN)/uv pip compile -q pyproject.toml --group serve --group train --group dev --universal --python-version 3.13 --custom-compile-command "make requirements" -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml -c requirements.txt --universal --python-version 3.13 --custom-compile-command "make requirements" --no-annotate -o functions/requirements.txt
	echo checkov | $(BIN)/uv pip compile -q - --universal --python-version 3.13 --custom-compile-command "make requirements" --no-annotate -o supply/checkov.txt

# functions/Makefile runs in a scratch folder, where a pyenv shim finds no Python 3.13: the real one comes first.
build: .venv/develop ## build what ships to Lambda (ARCH=x86_64 or arm64)
	@PATH="$(CURDIR)/$(BIN):$$PATH" ARCH=$(ARCH) $(BIN)/sam build --build-dir $(BUILD) --parameter-overrides Architecture=$(ARCH)

invoke: .venv/develop ## answer a drawn seven in Lambda's image (MODEL=mlp or tree)
	@docker info >/dev/null 2>&1 || { echo "No Docker engine answers: start Docker, then 'make invoke'."; exit 1; }
	@$(MAKE) --no-print-directory build
	@$(BIN)/python -m tests.support.sam_local.base_image $(ARCH)
	@SAM_SKIP_PULL_IMAGE=1 AWS_EC2_METADATA_DISABLED=true $(BIN)/sam local invoke DigitsFunction \
	--event tests/events/predict_$(MODEL).json --parameter-overrides Architecture=$(ARCH)

deploy: .venv/develop ## put everything in the cloud and print its address (ENV=prod, PARAMETERS="MemorySize=512 ...")
	@$(BIN)/python -m deploy --env $(ENV) $(if $(STACK),--stack $(STACK)) Architecture=$(ARCH) $(PARAMETERS)

destroy: .venv/develop ## take it all down again, after asking (ENV=prod, STACK=...)
	@$(BIN)/python -m deploy destroy --env $(ENV) $(if $(STACK),--stack $(STACK)) $(if $(YES),--yes $(YES))

bench: .venv/develop ## measure cold start, answers, servers, size, cost (ARGS="--quick")
	@$(BIN)/python -m benchmarks $(ARGS)

soak: .venv/develop ## load, kill and break what is served, for six minutes (ARGS="--quick")
	@$(BIN)/python -m tests.support.soak $(ARGS)

audit: .venv/develop $(npm) ## judge the pages: weight, drawn digits, axe, Lighthouse (three minutes)
	@$(BIN)/python -m tests.support.audits.weight
	@$(BIN)/python -m tests.support.audits.replay
	@$(BIN)/python -m tests.support.audits.axe
	@$(BIN)/python -m tests.support.audits.lighthouse

IMAGE ?= digits
TARGET ?= web
# --pull: on the newest base; what comes after, as in ARGS="--pull=false", wins.
image: ## build the container image, by Docker or Podman (IMAGE=digits, TARGET=web or lambda)
	@for engine in docker podman; do $$engine info >/dev/null 2>&1 && \
	exec $$engine build --pull --target $(TARGET) --tag $(IMAGE) $(ARGS) .; done; \
	echo "No container engine answers: start Docker or install Podman, then 'make image'."; exit 1

fuzz: .venv/develop ## try millions of hostile inputs (ten minutes)
	@$(BIN)/python -m tests.support.fuzz

clean: ## remove everything that can be made again
	rm -rf .venv .aws-sam .bench artifacts .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

# One line on failure, the whole log in a file: an installer's own errors run to pages.
or_say = || { echo "Installing failed (no network?). The last line of .venv/install.log: $$(tail -n 1 .venv/install.log)"; exit 1; }
install = $(BIN)/uv pip install --python $(BIN)/python $(1) >.venv/install.log 2>&1 $(or_say)

.venv/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null || { \
	echo "Python 3.13 is needed and '$(PYTHON)' is not it: run 'uv python install 3.13' or 'pyenv install 3.13', then 'make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)'."; exit 1; }
	@echo "Making .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q -c requirements.txt uv >.venv/install.log 2>&1 $(or_say)
	@echo "$(CURDIR)/functions" > $$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')/digits.pth
	@touch $@

.venv/serve: functions/requirements.txt | .venv/uv
	@echo "Installing what serving needs ..."
	@$(call install,-r functions/requirements.txt -c requirements.txt uvicorn uvloop httptools fastapi-offline)
	@touch $@

.venv/develop: requirements.txt | .venv/uv
	@echo "Installing everything a developer needs ..."
	@$(call install,-r requirements.txt)
	@touch $@ .venv/serve

# axe and Lighthouse are npm's; the Node.js that runs them is in .venv.
$(npm): supply/npm/package-lock.json | .venv/develop
	@echo "Installing what audits the pages ..."
	@$(BIN)/python -m supply.npm >.venv/install.log 2>&1 $(or_say)

# checkov wants another boto3 than ours, and so has an environment of its own.
$(checkov): supply/checkov.txt | .venv/uv
	@echo "Installing what judges the template ..."
	@{ $(BIN)/uv venv --clear --python $(BIN)/python .venv/checkov && \
	$(BIN)/uv pip install --python .venv/checkov/bin/python -r supply/checkov.txt; } >.venv/install.log 2>&1 $(or_say)
	@touch $@
