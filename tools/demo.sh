#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shows Tickstorm at work: installs missing packages, builds, starts a server and bots, and opens
# the client where there is a display; elsewhere it shows the bots' live figures.
#
# Usage: tools/demo.sh [--seconds N] [--bots N] [--drones N]
#   --seconds N   end by itself after N seconds with a summary (default: when the client is closed,
#                 or on Ctrl-C)
#   --bots N      the number of bots (default 100)
#   --drones N    the number of drones (default 5000)
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/dependencies.sh

seconds=0
bots=100
drones=5000

need_count() {
    if ! [[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]]; then
        echo "tools/demo.sh: $1 needs a whole number above 0" >&2
        exit 2
    fi
}
while [ $# -gt 0 ]; do
    case "$1" in
    --seconds) need_count "$@" && seconds=$2 && shift 2 ;;
    --bots) need_count "$@" && bots=$2 && shift 2 ;;
    --drones) need_count "$@" && drones=$2 && shift 2 ;;
    -h | --help)
        sed -n '3,10s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *)
        echo "tools/demo.sh: unknown option '$1' (try --help)" >&2
        exit 2
        ;;
    esac
done

ensure_packages build
cmake --preset release >/dev/null
cmake --build --preset release --parallel "$(nproc)" -- --quiet
bin=build/release/bin
work=$(mktemp -d)
server_pid=
bots_pid=
client_pid=
interrupted=false

# Ends the programs that still run, the server last, and waits for them.
end_all() {
    local pid
    for pid in $client_pid $bots_pid $server_pid; do
        kill -INT "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap 'interrupted=true' INT TERM
trap end_all EXIT

# Background jobs of a script ignore Ctrl-C unless job control is on; each gets its own group.
set -m
"$bin/tickstorm-server" --port 0 --http-port 0 --drones "$drones" --max-clients "$((bots + 100))" \
    >"$work/ready" 2>"$work/server.log" &
server_pid=$!
for _ in $(seq 100); do
    grep -q '^ready ' "$work/ready" && break
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.05
done
port=$(sed -n 's/^ready port=\([0-9]*\).*/\1/p' "$work/ready")
if [ -z "$port" ]; then
    cat "$work/server.log" >&2
    echo "The server did not start (see above)." >&2
    exit 1
fi

duration=24h
[ "$seconds" -gt 0 ] && duration=${seconds}s
has_display=false
exec 3>&1 # where the bots write
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    has_display=true
    exec 3>"$work/bots.log"
fi
echo "Server on port $port: $drones drones, $bots bots. Ctrl-C ends everything."
"$bin/tickstorm-bots" --connect "127.0.0.1:$port" --bots "$bots" --duration "$duration" \
    >&3 2>&1 &
bots_pid=$!
if $has_display; then
    "$bin/tickstorm-client" --connect "127.0.0.1:$port" --name "${USER:-pilot}" \
        2>"$work/client.log" &
    client_pid=$!
fi

# Runs until the client is closed, the bots have ended, or Ctrl-C.
main_pid=$bots_pid
if $has_display && [ "$seconds" -eq 0 ]; then
    main_pid=$client_pid
fi
while ! $interrupted && kill -0 "$main_pid" 2>/dev/null; do
    sleep 0.1
done

result=0

# finish NAME PID LOG: interrupts a program, waits for its end, and notes a failure. Exit code 105
# is the bots' code for an interrupt. A signal to this script cuts a wait short.
finish() {
    local name=$1 pid=$2 log=$3 status=0
    kill -INT "$pid" 2>/dev/null || true
    wait "$pid" || status=$?
    while kill -0 "$pid" 2>/dev/null; do
        status=0
        wait "$pid" || status=$?
    done
    if [ "$status" -ne 0 ] && ! { [ "$name" = bots ] && [ "$status" -eq 105 ]; }; then
        [ -z "$log" ] || cat "$log" >&2
        echo "The $name failed (exit $status)." >&2
        result=1
    fi
}

if [ -n "$client_pid" ]; then
    finish client "$client_pid" "$work/client.log"
    client_pid=
fi
finish bots "$bots_pid" ""
bots_pid=
$has_display && cat "$work/bots.log"
finish server "$server_pid" "$work/server.log"
server_pid=
exit "$result"
