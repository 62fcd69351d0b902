# shellcheck shell=bash
# What scripts/demo and scripts/test need of the machine. Sourced, not run.

readonly OLDEST_POSTGRES=15

say() {
    printf '%s\n' "$*" >&2
}

stop_with() {
    say "error: $*"
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        stop_with "this needs root, and there is no sudo; run as root: $*"
    fi
}

# The major version of the server programs in a folder, or nothing.
postgres_version_in() {
    [ -x "$1/postgres" ] && [ -x "$1/initdb" ] || return 0
    "$1/postgres" --version 2>/dev/null | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p'
}

# The same places as src/db/embedded/binaries.rs.
has_postgres() {
    local dir version in_path
    in_path=$(command -v postgres || true)
    for dir in "${FENJI_PG_BIN:-}" "${in_path%/*}" \
        /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
        version=$(postgres_version_in "$dir")
        if [ "${version:-0}" -ge "$OLDEST_POSTGRES" ]; then
            return 0
        fi
    done
    return 1
}

# The newest major version that apt offers, or 0.
offered_by_apt() {
    local offered
    offered=$(apt-cache search --names-only '^postgresql-[0-9]+$' | sed -n 's/^postgresql-\([0-9]*\) .*/\1/p' | sort -n | tail -n 1)
    printf '%s\n' "${offered:-0}"
}

install_postgres_by_apt() {
    local version no_cluster=/etc/postgresql-common/createcluster.d/fenji.conf
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq
    version=$(offered_by_apt)
    # Only the programs: without this file the package would make a cluster and start it as a system service.
    as_root mkdir -p "${no_cluster%/*}"
    printf 'create_main_cluster = false\n' | as_root tee "$no_cluster" >/dev/null
    if [ "$version" -lt "$OLDEST_POSTGRES" ]; then
        say "This release offers no Postgres $OLDEST_POSTGRES; adding the archive of the Postgres project (apt.postgresql.org)."
        as_root apt-get install -y -qq --no-install-recommends postgresql-common ca-certificates >&2
        as_root /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y >&2
        version=$(offered_by_apt)
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "postgresql-$version" >&2
    as_root rm -f "$no_cluster"
}

ensure_postgres() {
    has_postgres && return
    say "Postgres $OLDEST_POSTGRES or newer is not on this machine; installing its server programs (no system service)."
    if command -v apt-get >/dev/null; then
        install_postgres_by_apt
    elif command -v brew >/dev/null; then
        brew install --quiet postgresql@17 >&2
    else
        stop_with "no apt-get and no Homebrew here: install the Postgres server programs, or name their folder in FENJI_PG_BIN"
    fi
    has_postgres || stop_with "installed, but still no Postgres $OLDEST_POSTGRES or newer; name its folder in FENJI_PG_BIN"
}

ensure_rust() {
    if ! command -v cargo >/dev/null && [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ]; then
        # shellcheck source=/dev/null
        . "${CARGO_HOME:-$HOME/.cargo}/env"
    fi
    command -v cargo >/dev/null || stop_with "no Rust toolchain; install one from https://rustup.rs, such as:
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
then run this again"
}

# Some of the crates compile a little C.
ensure_c_compiler() {
    command -v cc >/dev/null && return
    if command -v apt-get >/dev/null; then
        say "No C compiler on this machine; installing gcc."
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev >&2
    else
        stop_with "no C compiler; on macOS: xcode-select --install"
    fi
}
