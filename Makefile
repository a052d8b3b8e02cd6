# Everything a developer runs. `make` alone lists the targets; docs/setup.md says what set-up does to a machine.

SHELL := /bin/sh
RESULTS := pxebench-results

# The Node and npm that set-up may have put into the project, then the commands of npm packages.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help setup test e2e check lint types unused format doctor bench crowd fuzz firmware-next clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Node, npm packages and Debian packages, as far as they are missing; starts no service
	@tools/setup.sh

test: setup ## unit tests and tests that cross modules
	@vitest run --reporter=default --reporter=json --reporter=junit \
	  --outputFile.json=$(RESULTS)/test/results.json --outputFile.junit=$(RESULTS)/test/junit.xml

e2e: setup ## all scenarios: real firmware against real servers
	@bin/pxebench run --report $(RESULTS)/e2e

check: lint types unused ## format, lint, import arrows, types, unused code and dependencies

lint: setup ## format, lint and import arrows (biome.json)
	@biome ci --error-on-warnings .

types: setup ## types (tsc)
	@tsc --project .
	@tsc --project src/server/operator/page

unused: setup ## unused code and dependencies (knip.json)
	@knip

format: setup ## puts into form what biome can by itself
	@biome check --write .

doctor: setup ## what this machine has and lacks for booting
	@bin/pxebench doctor

bench: ## the measures of docs/benchmarks.md, side by side with other servers
	@tools/setup.sh bench
	@node tools/bench.ts

crowd: setup ## 20 machines of mixed firmware boot in one lab, as many at a time as cores and memory bear
	@node tools/crowd.ts

fuzz: setup ## ten minutes of bad messages to every protocol of the reference server
	@node tools/fuzz.ts

firmware-next: setup ## the firmware of the next Debian release, unpacked beside this one's (docs/firmware.md)
	@node tools/firmware-next.ts

clean: ## removes what set-up and runs left in the project; Debian packages stay on the machine
	rm -rf .tools node_modules dist $(RESULTS)
