# The project's chores. "make" alone prints what there is.

STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME      ?= 20s
PEERSFLAGS    ?=

.DEFAULT_GOAL := help
.PHONY: help build test lint fuzz generate bench-peers

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/mqt: static, without local paths, with the version from git
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags '-s -w' -o bin/mqt ./cmd/mqt

test: ## run the tests
	go test ./...

lint: ## gofmt, go vet, staticcheck, and golangci-lint where it is installed
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not gofmt'ed:"; echo "$$files"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	@if command -v golangci-lint >/dev/null; then echo golangci-lint run; golangci-lint run; \
	else echo 'golangci-lint is not installed: go install $(GOLANGCI_LINT)'; fi

fuzz: ## run every fuzz target for FUZZTIME (20s)
	.ci/fuzz $(FUZZTIME)

generate: ## write the generated files anew (go generate and golden files)
	go generate ./...

bench-peers: build ## broker CPU per message, beside mosquitto; PEERSFLAGS="-o markdown" for docs
	go run ./internal/peers $(PEERSFLAGS)
