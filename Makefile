# Everything needs Go; `make test` and `make bench` also use Python 3, and a C
# compiler for the race detector, where there are any.

.PHONY: build test torture lint bench parts clean

build: ## the program, ./hydrant
	CGO_ENABLED=0 go build -trimpath -o hydrant ./cmd/hydrant

test: parts ## every check and test; ends with what was skipped, by name
	cd integration && go run ./check

# PROGRAMS of the simulation, then as many more as FOR (a duration such as 8h)
# has time for, then KILLS of the real daemon. SEED is that of the first program.
PROGRAMS ?= 10000
FOR ?= 0s
KILLS ?= 200
SEED ?= 1

torture: parts ## the simulation for long, and kill -9 of the daemon under load
	HYDRANT_TORTURE=$(PROGRAMS) HYDRANT_TORTURE_FOR=$(FOR) HYDRANT_FIRST_SEED=$(SEED) \
		go test -count=1 -timeout=0 -v ./delivery/simulation
	cd integration && HYDRANT_KILLS=$(KILLS) go test -count=1 -timeout=0 -v -run KillNine ./e2e

lint: parts ## only the checks that read the source
	cd integration && go run ./check -lint

bench: parts ## measure, and write docs/performance.md
	cd integration && go run ./bench

parts: ## fetch what the tests need into .cache
	cd integration && go run ./parts

clean:
	rm -rf .cache hydrant hydrant-quickstart hydrant-data
