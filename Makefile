# Everything a person does with this checkout. `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

STATICCHECK := v0.8.2
FUZZ_SECONDS ?= 5
MINUTES ?= 60
# A feed of a real operator, where somebody has put one beside the checkout.
FEED ?= $(wildcard ../shared/data/concord_coach_gtfs.zip)

FONT := paper/font/NotoSansSC_400Regular.ttf

# What the pages are made from.
PAGES := $(shell find web/src web/build -type f 2>/dev/null) web/package-lock.json \
	$(shell find web -path '*/node_modules' -prune -o -path '*/pages/*.html' -print 2>/dev/null) \
	$(shell find voucher alone -name '*.go' ! -name '*_test.go' 2>/dev/null) $(filter-out %_test.go,$(wildcard *.go)) go.mod

# One step after the other: two cores are soon full, and the output stays readable.
.NOTPARALLEL:
.PHONY: help build run test check quick race bench bench-gate selftest torture sim cluster failover fuzz go-test wasm-test node-test setup setup-test clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: web/dist/manifest.json $(FONT) ## pages and program: bin/chepiao
	go build -trimpath -o bin/chepiao ./cmd/chepiao

web/dist/manifest.json: $(PAGES) | setup
	go run ./web/build

# The font of everything printed, with its licence: taken from the web packages.
$(FONT): | setup
	cp web/node_modules/@expo-google-fonts/noto-sans-sc/LICENSE_FONT $(@D)/LICENSE
	cp web/node_modules/@expo-google-fonts/noto-sans-sc/400Regular/$(@F) $@

run: build ## start the demo province, a station with a node of its own, and print their addresses
	bin/chepiao demo --stations

test: setup-test build quick go-test wasm-test fuzz node-test ## everything that must be green: a clean clone needs no more

# Not in `test`: on two cores the first run takes two minutes (it analyses every
# dependency), later ones seconds.
check: setup quick build/tools/$(STATICCHECK)/staticcheck ## the quick checks, and staticcheck for Go and browser
	build/tools/$(STATICCHECK)/staticcheck ./...
	GOOS=js GOARCH=wasm build/tools/$(STATICCHECK)/staticcheck ./voucher/wasm ./alone/wasm

build/tools/$(STATICCHECK)/staticcheck:
	GOBIN=$(CURDIR)/$(@D) go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK)

quick: ## formatting, vet, types of the pages: seconds
	@bad=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
		if [ -n "$$bad" ]; then echo "gofmt would change:"; echo "$$bad"; exit 1; fi
	go vet ./...
	GOOS=js GOARCH=wasm go vet ./voucher/wasm ./alone/wasm
	web/node_modules/.bin/tsc -p web

go-test: # writes build/test.json (every event) and build/skipped.txt
	@mkdir -p build
	go test -json ./... | tee build/test.json | node scripts/go-report.mjs build/skipped.txt

wasm-test: # the corpus and the gate that decides alone, as gates run them: in WebAssembly
	GOOS=js GOARCH=wasm go test -exec "$$(go env GOROOT)/lib/wasm/go_js_wasm_exec" -run Corpus .
	GOOS=js GOARCH=wasm go test -exec "$$(go env GOROOT)/lib/wasm/go_js_wasm_exec" ./alone

fuzz: ## each fuzz target for FUZZ_SECONDS (5)
	scripts/fuzz.sh $(FUZZ_SECONDS)

node-test: # writes build/node.txt: the voucher's vectors in WebAssembly, and the pages in Chromium
	@mkdir -p build
	node --test --test-concurrency=1 \
		--test-reporter=spec --test-reporter-destination=stdout \
		--test-reporter=tap --test-reporter-destination=build/node.txt \
		$$(find voucher e2e -name '*.test.mjs' | sort)

race: ## the Go tests under the race detector: minutes
	go test -race ./...

bench: build ## orders a second, beside four yardsticks: a quarter of an hour
	bin/chepiao bench

bench-gate: build setup-test ## a gate without its node, in Chromium: a list of 100,000 tickets, 3,000 decisions
	node web/gate-lab.mjs

selftest: build ## 2,000 orders with two kills, on the demo network and on FEED
	bin/chepiao selftest
	$(if $(FEED),bin/chepiao selftest --feed $(FEED),@echo 'no FEED given: only the demo network was proved')

cluster: build setup-test ## a practice cluster on loopback: PostgreSQL with a standby, three hubs, a balancer
	bin/chepiao cluster --load 16

failover: build setup-test ## lose the primary database under load, and prove that nothing is lost
	bin/chepiao failover

torture: build setup-test ## every attack we know, for MINUTES (60): histories in build/torture
	bin/chepiao torture --minutes $(MINUTES)

sim: build ## provinces in virtual time, for ever: no seat sold twice, nobody carried twice
	bin/chepiao sim --seeds 0

setup:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

clean: ## remove what was built; fetched packages stay
	rm -rf bin build e2e/shots e2e/tmp
	find web/dist -mindepth 1 ! -name .keep -delete
