# Two commands set everything up: `make run` and `make test`.
SHELL := bash
target := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)

.PHONY: help run test check bench fuzz statements
.DEFAULT_GOAL := help

help:
	@echo 'make run     builds Ringhook and serves it at http://127.0.0.1:8080'
	@echo 'make test    runs every test, against a Postgres of its own'
	@echo 'make bench   measures a release build under load; bench="RATE SECONDS", "find SECONDS", "read MILLIONS", "bind THOUSANDS" or "idle SOCKETS"'
	@echo 'make fuzz    hands random input to whatever reads what strangers send; fuzz=SECONDS for each target, 60'
	@echo 'make statements   records what this version asks of its databases, for the versions after it; for releases'
	@echo 'make check   format, lints, unused dependencies, migrations'

run:
	@. tests/scripts/parts.sh && need_rust
	cargo build --release --locked -p ringhook
	@exec "$(target)/release/ringhook"

test:
	@tests/run

check:
	@. tests/scripts/parts.sh && need_rust
	cargo fmt --all --check
	tests/scripts/migrations
	tests/scripts/unused
	cargo clippy --workspace --all-targets --locked -- -D warnings

bench:
	@. tests/scripts/parts.sh && need_rust
	cargo build --release --locked -p ringhook -p ringhook-tests
	@RINGHOOK_TEST_BINARY="$(abspath $(target))/release/ringhook" tests/bench/run "$(target)/release/bench" $(bench)

fuzz:
	@tests/fuzz/run $(fuzz)

statements:
	@tests/scripts/statements
