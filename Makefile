# Everything needs Go; `make test` and `make bench` also use Python 3, and a C
# compiler for the race detector, where there are any.

.PHONY: build test lint bench parts clean

build: ## the program, ./hydrant
	CGO_ENABLED=0 go build -trimpath -o hydrant ./cmd/hydrant

test: parts ## every check and test; ends with what was skipped, by name
	cd integration && go run ./check

lint: parts ## only the checks that read the source
	cd integration && go run ./check -lint

bench: parts ## measure, and write docs/performance.md
	cd integration && go run ./bench

parts: ## fetch what the tests need into .cache
	cd integration && go run ./parts

clean:
	rm -rf .cache hydrant hydrant-quickstart hydrant-data
