# shellcheck shell=bash
# A NATS of the tests' own: started on a free port of 127.0.0.1, ended afterwards. Sourced, not run.
# It never connects to a server that it did not start. Needs parts.sh.

nats_pid=  # its process; empty while there is none
nats_log=  # what it says

# nats_install: makes sure that the server is there. Exports RINGHOOK_TEST_NATS_SERVER, for tests that stop one of their own.
nats_install() {
    local server=${RINGHOOK_TEST_NATS_SERVER:-$(program nats-server)}
    if [ -z "$server" ]; then
        install_package "the NATS server" nats-server
        server=$(program nats-server)
    fi
    [ -n "$server" ] || fail "nats-server is missing, although the package nats-server is installed."
    export RINGHOOK_TEST_NATS_SERVER=$server
}

# nats_try PORT PASSWORD: starts the server there; fails when it does not come up. The password is in its environment, since
# others may share this machine.
nats_try() {
    local tries
    : >"$nats_log"
    RINGHOOK_NATS_PASSWORD=$2 "$RINGHOOK_TEST_NATS_SERVER" --config tests/scripts/nats.conf \
        --addr 127.0.0.1 --port "$1" >"$nats_log" 2>&1 </dev/null &
    nats_pid=$!
    disown "$nats_pid"  # else the shell tells of its end
    for tries in $(seq 100); do
        if grep -q 'Server is ready' "$nats_log"; then return 0; fi
        kill -0 "$nats_pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$nats_pid" 2>/dev/null || true
    nats_pid=
    return 1
}

# nats_start: brings a server up and exports RINGHOOK_TEST_NATS_URL. Only binding a port tells that it is free, so a taken one
# is followed by another; the range is below those that the system hands to clients.
nats_start() {
    local port password tries
    nats_install
    nats_log=$(mktemp "${TMPDIR:-/tmp}/ringhook-nats.XXXXXX")
    password=p$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + (RANDOM % 12000)))
        if nats_try "$port" "$password"; then
            export RINGHOOK_TEST_NATS_URL="nats://ringhook:$password@127.0.0.1:$port"
            printf 'NATS for the tests: 127.0.0.1:%s\n' "$port"
            return
        fi
        grep -q 'address already in use' "$nats_log" || break
    done
    fail "NATS did not start (try $tries):" "$(cat "$nats_log")"
}

# nats_stop: ends the server. Nothing in it is worth a clean shutdown.
nats_stop() {
    if [ -n "$nats_pid" ]; then kill -KILL "$nats_pid" 2>/dev/null || true; fi
    if [ -n "$nats_log" ]; then rm -f -- "$nats_log"; fi
    nats_pid=
}
