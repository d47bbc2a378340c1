# Everything a person does here. Each target works in a new clone: it first sets up what is missing.
# STACK=auto|compose|native chooses what runs Redis, Kafka and MySQL (auto: containers where their images are available).

BIN := .venv/bin

# Resolve STACK once, install the servers that it needs, then run the command that follows. The command replaces the
# shell, so that it receives every signal itself.
with_stack = kind=$$($(BIN)/eventrush which) && \
	if [ $$kind = native ]; then local/setup.sh native; fi && STACK=$$kind exec

.PHONY: help
help: ## Show this
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: python native setup
python:
	@local/setup.sh python

native:
	@local/setup.sh native

setup: python ## Set up Python, the servers of STACK and k6
	@$(with_stack) local/setup.sh k6

.PHONY: demo picture serve
demo: python ## Rush a new stack and compare every answer with the rows: ATTEMPTS=1000 CONCURRENCY=50 USERS=900 CAPACITY=100 IDENTITY=body|token
	@$(with_stack) $(BIN)/eventrush demo

picture: python ## Draw docs/demo.svg from a real run of the demo
	@$(with_stack) $(BIN)/eventrush demo --svg docs/demo.svg

serve: python ## Serve the API with everything behind it, until Ctrl-C: API_PORT=3000 IDENTITY=body|token
	@$(with_stack) $(BIN)/eventrush serve

.PHONY: build sam-api docker-test
build: ## Build functions and layer with SAM, without Docker, into .aws-sam
	@local/setup.sh sam
	@SAM_CLI_TELEMETRY=0 .local/bin/sam build

sam-api: python ## Serve the API in SAM's containers on compose's servers, until Ctrl-C
	@local/setup.sh sam
	@exec $(BIN)/eventrush sam-api

docker-test: python ## Run the tests that need a Docker engine
	@local/setup.sh sam
	@$(BIN)/python -m local.sam
	@$(BIN)/pytest tests/docker

# The part of chaos in every test run: a crash at each outward call of each function, and each server killed once.
quick_chaos := tests/chaos/test_crash_points.py tests/chaos/test_kills.py

.PHONY: test unit functional integration e2e chaos
chaos: python ## Inject faults into every process, server and connection, and check that nothing is lost
	@local/setup.sh native toxiproxy
	@rm -f build/chaos.json
	@STACK=native $(BIN)/pytest -m chaos tests/chaos
	@$(BIN)/python -m tests.chaos.results

# Some integration tests start native servers of their own, for every STACK.
test: python native ## Run the tests from unit to e2e, and a crash at every outward call
	@$(with_stack) $(BIN)/pytest -m "not docker and not bench" \
		tests/unit tests/functional tests/integration tests/e2e $(quick_chaos)

unit functional: python ## Run the tests that need no server
	@$(BIN)/pytest tests/$@

integration: native
integration e2e: python ## Run the tests on real servers
	@$(with_stack) $(BIN)/pytest -m "not docker and not bench" tests/$@

.PHONY: spec
spec: python ## Check the protocol's models and their mutants with TLC: BOUND=main|large
	@exec $(BIN)/python -m spec $(or $(BOUND),main)

.PHONY: check format requirements
check: python ## Check format, lint, types and templates
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(MAKE) -s template

requirements: python ## Export the layer's requirements from uv.lock
	@$(MAKE) -s -C layers/eventrush requirements

format: python ## Format the code and fix what lint can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: template
# Needs no AWS account.
template: python ## Check template.yaml, infra/, what is packaged and the workflow
	@local/setup.sh template
	@SAM_CLI_TELEMETRY=0 .local/bin/sam validate
	@SAM_CLI_TELEMETRY=0 .local/bin/sam validate --lint
	@$(BIN)/cfn-lint template.yaml infra/*.yaml
	@$(BIN)/pytest tests/template tests/package
	@$(BIN)/python -m tests.template.translate build/template/translated.json
	@.local/bin/checkov -f build/template/translated.json infra/*.yaml
	@.local/bin/actionlint

.PHONY: deploy deploy-rehearsal teardown
deploy-rehearsal: python ## Deploy the packaged application into an emulator of AWS, without Docker
	@local/setup.sh sam ministack
	@CI=1 $(BIN)/pytest -v tests/rehearsal

deploy: python ## Deploy into the account of your AWS credentials: ENV=dev|prod
	@options=$$($(BIN)/python -m local.deployment $(or $(ENV),dev)) && local/setup.sh sam && .local/bin/sam build && \
		exec .local/bin/sam deploy --config-env $(or $(ENV),dev) $$options

teardown: python ## Delete a deployment of Size=dev with its network and data: ENV=dev
	@$(BIN)/python -m local.teardown $(ENV)

.PHONY: k6 bench bench-quick plots
k6: python ## Load the API and judge it: VUS=100 DURATION=10s USERS=10000 PAUSE=0.1 CAPACITY=100 EVENT_ID=… API_URL=… IDENTITY=…
	@local/setup.sh k6
	@exec $(BIN)/eventrush k6

bench: python native ## Measure, into build/bench.json: BENCH_SECONDS=6 each
	@local/setup.sh k6
	@rm -f build/bench.json
	@$(with_stack) $(BIN)/pytest -m bench tests/bench --ignore=tests/bench/test_quick.py

bench-quick: python native ## Measure the ratios of docs/bench.json: none may be a third worse
	@local/setup.sh k6
	@$(with_stack) $(BIN)/pytest -m bench tests/bench/test_quick.py

plots: python ## Draw the plots and write the tables of docs/performance.md and scale.md from build/bench.json, or docs/bench.json
	@$(BIN)/python -m tests.bench.plots

.PHONY: clean
clean: ## Stop the stack and delete what was built, its data and the set-up
	@if [ -x $(BIN)/eventrush ]; then $(BIN)/eventrush down --discard; fi
	@rm -rf build .aws-sam .local .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
