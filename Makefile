# Everything a person does here, each target from a bare clone: what it lacks is set up first.
# STACK=auto|compose|native chooses what runs Redis, Kafka and MySQL (auto: containers where their images can be had).

BIN := .venv/bin
# Where `make serve` answers.
API_URL ?= http://127.0.0.1:$(or $(API_PORT),3000)

# What STACK means here, settled once, and the servers it lacks installed; then the command that follows, which gets
# every signal itself because it takes the shell's place.
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

.PHONY: demo serve
demo: python ## Rush a brand-new stack: ATTEMPTS=1000 CONCURRENCY=50 USERS=900 CAPACITY=100
	@$(with_stack) $(BIN)/eventrush demo

serve: python ## Serve the API with everything behind it, until Ctrl-C: API_PORT=3000
	@$(with_stack) $(BIN)/eventrush serve

.PHONY: build sam-api docker-test
build: ## Build functions and layer by SAM, without Docker, into .aws-sam
	@local/setup.sh sam
	@SAM_CLI_TELEMETRY=0 .local/bin/sam build

sam-api: python ## Serve the API in SAM's containers beside compose's, until Ctrl-C
	@local/setup.sh sam
	@exec $(BIN)/eventrush sam-api

docker-test: python ## Run the tests that need a Docker engine
	@local/setup.sh sam
	@$(BIN)/python -m local.sam
	@$(BIN)/pytest tests/docker

# What dies in every test run: each call of each function once, each server once.
quick_chaos := tests/chaos/test_check.py tests/chaos/test_crash_points.py tests/chaos/test_kills.py

.PHONY: test unit functional integration e2e chaos
chaos: python ## Kill, freeze, cut and starve whatever can be, and see that nothing is lost
	@local/setup.sh native toxiproxy
	@rm -f build/chaos.json
	@STACK=native $(BIN)/pytest -m chaos tests/chaos
	@$(BIN)/python -m tests.chaos.book
	@$(BIN)/python -m tests.chaos.document

# Some tests of integration start native servers of their own, whatever STACK is.
test: python native ## Run the tests from unit to e2e, and kill at every outward call
	@$(with_stack) $(BIN)/pytest -m "not docker and not bench" \
		tests/unit tests/functional tests/integration tests/e2e $(quick_chaos)

unit functional: python ## Run the tests that need no server
	@$(BIN)/pytest tests/$@

integration: native
integration e2e: python ## Run the tests on real servers
	@$(with_stack) $(BIN)/pytest -m "not docker and not bench" tests/$@

.PHONY: check format requirements
check: python ## Check format, lint, types, and what AWS would be told
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(MAKE) -s template

requirements: python ## Export the layer's requirements from uv.lock
	@$(MAKE) -s -C layers/eventrush requirements

format: python ## Format the code and mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: template
# What AWS would be told, and the workflow, checked without an account.
template: python ## Check template.yaml, infra/, what is packaged and the workflow
	@local/setup.sh template
	@SAM_CLI_TELEMETRY=0 .local/bin/sam validate
	@SAM_CLI_TELEMETRY=0 .local/bin/sam validate --lint
	@$(BIN)/cfn-lint template.yaml infra/*.yaml
	@$(BIN)/pytest tests/template tests/package
	@$(BIN)/python -m tests.template.translate build/template/translated.json
	@.local/bin/checkov -f build/template/translated.json infra/*.yaml
	@.local/bin/actionlint

.PHONY: deploy
deploy: python ## Deploy into the account of your AWS credentials: ENV=dev|prod
	@options=$$($(BIN)/python -m local.account $(or $(ENV),dev)) && local/setup.sh sam && .local/bin/sam build && \
		exec .local/bin/sam deploy --config-env $(or $(ENV),dev) $$options

.PHONY: k6 bench plots
# What the set-up built comes first: npm has another k6.
k6: ## Load an API with k6: API_URL=… VUS=100 DURATION=10s USERS=10000 PAUSE=0.1 EVENT_ID=default
	@local/setup.sh k6
	@PATH="$(CURDIR)/.local/bin:$$PATH" API_URL=$(API_URL) exec k6 run --quiet tests/load/rush.js

bench: python native ## Measure, into build/bench.json
	@local/setup.sh k6
	@$(with_stack) $(BIN)/pytest -m bench tests/bench

plots: python ## Draw the plots of docs/performance.md from build/bench.json
	@$(BIN)/python -m tests.bench.plots

.PHONY: clean
clean: ## Stop the stack and delete what was built, its data and the set-up
	@if [ -x $(BIN)/eventrush ]; then $(BIN)/eventrush down --discard; fi
	@rm -rf build .aws-sam .local .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
