# Short names for what one does all day. `just` alone lists them.

_default:
    @just --list --unsorted

# A demo company on this machine
demo *options:
    scripts/demo {{ options }}

# Everything that CI checks
test *filter:
    scripts/test {{ filter }}

# The quick look while editing: compiler and lints
check:
    cargo clippy --all-targets -- -D warnings

# Format the code
fmt:
    cargo fmt

# The architecture's rules, checked on the text of src/
tidy:
    cargo test --test tidy

# Write openapi/ anew after a change of the API
contract:
    cargo run --quiet -- contract

# Licences, advisories, duplicate and foreign crates
deny:
    cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
    cargo deny --locked check

# The API documentation of the code
doc:
    cargo doc --no-deps --open

# Stop the test cluster that a plain `cargo test` or `cargo nextest run` leaves running
stop-test-postgres:
    scripts/stop-postgres target/test-postgres

# The container image
image tag="fenji:dev":
    docker build --tag {{ tag }} .
