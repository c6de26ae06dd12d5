# The project's chores. "make" alone prints what there is.

STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME      ?= 20s
PEERSFLAGS    ?=
CLIENTSFLAGS  ?=

PREFIX        ?= /usr/local
DESTDIR       ?=
SHARE          = $(DESTDIR)$(PREFIX)/share
INSTALL       ?= install
SOURCES       := go.mod go.sum $(shell find bench broker cmd completions docs format internal pub sub -type f ! -path '*/testdata/*')

.DEFAULT_GOAL := help
.PHONY: help build install uninstall test lint fuzz generate bench-peers bench-clients

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Writes a program again, at once: Linux keeps it in memory in larger pieces
# then, and each start is up to a millisecond faster.
at_once = dd if=$(1) of=$(1).new bs=67108864 2>/dev/null && chmod 755 $(1).new && mv -f $(1).new $(1)

# For starting faster on Linux. -R: the parts of the program begin at multiples
# of 2 MiB, to be mapped in pieces of that size. -E: see cmd/mqt/timerslack*.go.
start = $(if $(filter linux/amd64,$(shell go env GOOS)/$(shell go env GOARCH)),-R 0x200000 -E main.entry)

build: ## build bin/mqt: static, without local paths, with the version from git
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags '-s -w $(start)' -o bin/mqt ./cmd/mqt
	@$(call at_once,bin/mqt)

# For install: root needs no Go when the binary is fresh.
bin/mqt: $(SOURCES)
	$(MAKE) build
	touch $@

install: bin/mqt ## install program, completions and manual below PREFIX (/usr/local), staged in DESTDIR
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions \
		$(SHARE)/fish/vendor_completions.d $(SHARE)/man/man1
	$(INSTALL) -m 755 bin/mqt $(DESTDIR)$(PREFIX)/bin/mqt
	@$(call at_once,$(DESTDIR)$(PREFIX)/bin/mqt)
	$(INSTALL) -m 644 completions/mqt.bash $(SHARE)/bash-completion/completions/mqt
	$(INSTALL) -m 644 completions/_mqt $(SHARE)/zsh/site-functions/_mqt
	$(INSTALL) -m 644 completions/mqt.fish $(SHARE)/fish/vendor_completions.d/mqt.fish
	$(INSTALL) -m 644 docs/man/*.1 $(SHARE)/man/man1

uninstall: ## remove what install has installed
	rm -f $(DESTDIR)$(PREFIX)/bin/mqt $(SHARE)/bash-completion/completions/mqt $(SHARE)/zsh/site-functions/_mqt \
		$(SHARE)/fish/vendor_completions.d/mqt.fish $(addprefix $(SHARE)/man/man1/,$(notdir $(wildcard docs/man/*.1)))

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

bench-clients: build ## CPU and wall time of the clients, beside mosquitto's; CLIENTSFLAGS="-rounds 5"
	go run ./internal/peers/clients $(CLIENTSFLAGS)
