# shellcheck shell=bash
# A Postgres of the tests' own: started on a free port of 127.0.0.1, thrown away afterwards. Sourced, not run.
# It never connects to a server that it did not start. Needs parts.sh.

postgres_dir=   # its folder; empty while there is none
postgres_bin=   # where initdb, postgres and pg_ctl are
postgres_user=  # the system user it runs as
postgres_password=  # its superuser's

# postgres_find_bin: looks in PATH, then where Debian keeps the servers (newest first); fails when there is none.
postgres_find_bin() {
    local bin path
    path=$(command -v initdb || true)
    for bin in ${path:+"${path%/*}"} $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr); do
        if [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && [ -x "$bin/pg_ctl" ]; then
            postgres_bin=$bin
            return 0
        fi
    done
    return 1
}

# postgres_install: makes sure that the server's programs are there.
postgres_install() {
    postgres_find_bin && return
    install_package "the Postgres server" postgresql
    postgres_find_bin || fail "initdb is missing, although the package postgresql is installed."
}

# postgres_choose_user: Postgres refuses to run as root, so root lends it to another user.
postgres_choose_user() {
    postgres_user=$(id -un)
    [ "$(id -u)" -eq 0 ] || return 0
    command -v setpriv >/dev/null || fail \
        "setpriv (package util-linux) is missing: Postgres refuses to run as root. Run this as another user."
    postgres_user=nobody
    if id -u postgres >/dev/null 2>&1; then postgres_user=postgres; fi
}

# postgres_as COMMAND...: runs it as the server's user, in the server's folder.
postgres_as() (
    cd "$postgres_dir" || exit 1
    if [ "$(id -un)" = "$postgres_user" ]; then
        exec "$@"
    fi
    exec setpriv --reuid="$postgres_user" --regid="$(id -g "$postgres_user")" --clear-groups "$@"
)

# postgres_create: an empty cluster with one superuser and a random password, since others may share this machine.
postgres_create() {
    postgres_password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    postgres_dir=$(mktemp -d "${TMPDIR:-/tmp}/ringhook-postgres.XXXXXX")
    (umask 077 && printf '%s\n' "$postgres_password" >"$postgres_dir/password")
    if [ "$(id -u)" -eq 0 ]; then chown -R "$postgres_user" "$postgres_dir"; fi
    postgres_as test -w "$postgres_dir" || fail "The user $postgres_user cannot enter $postgres_dir: set TMPDIR to a folder open to all."
    # `password` and not a challenge: it costs the debug build of the tests no hashing, and it stays on loopback.
    postgres_as "$postgres_bin/initdb" --pgdata=data --username=ringhook --pwfile=password --auth=password \
        --encoding=UTF8 --locale=C --no-sync >"$postgres_dir/initdb.log" 2>&1 </dev/null ||
        fail "initdb failed:" "$(cat "$postgres_dir/initdb.log")"
}

# postgres_try PORT: starts the server there; fails when it does not come up.
postgres_try() {
    postgres_as "$postgres_bin/pg_ctl" start --wait --timeout=60 --silent --pgdata=data --log=server.log --options="\
        -c listen_addresses=127.0.0.1 -c port=$1 -c unix_socket_directories='' \
        -c max_connections=300 -c timezone=UTC" >/dev/null 2>&1 </dev/null
}

# postgres_start: brings a server up and exports RINGHOOK_TEST_POSTGRES_URL. Only binding a port tells that it is
# free, so a taken one is followed by another; the range is below those that the system hands to clients.
postgres_start() {
    local port tries
    postgres_choose_user
    postgres_install
    postgres_create
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + (RANDOM % 12000)))
        if postgres_try "$port"; then
            export RINGHOOK_TEST_POSTGRES_URL="postgres://ringhook:$postgres_password@127.0.0.1:$port/postgres"
            printf 'Postgres for the tests: 127.0.0.1:%s, run by %s\n' "$port" "$postgres_user"
            return
        fi
        grep -q 'could not bind' "$postgres_dir/server.log" 2>/dev/null || break
    done
    fail "Postgres did not start (try $tries):" "$(cat "$postgres_dir/server.log" 2>/dev/null)"
}

# postgres_stop: ends the server and removes its folder. Nothing in it is worth a clean shutdown.
postgres_stop() {
    [ -n "$postgres_dir" ] || return 0
    if [ -f "$postgres_dir/data/postmaster.pid" ]; then
        postgres_as "$postgres_bin/pg_ctl" stop --wait --mode=immediate --silent --pgdata=data >/dev/null 2>&1 </dev/null ||
            printf 'Postgres in %s could not be stopped.\n' "$postgres_dir" >&2
    fi
    rm -rf -- "$postgres_dir"
    postgres_dir=
}
