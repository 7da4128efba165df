#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The service as its users meet it: options, endpoints, one client after the other, ending, leaving nothing behind.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" >/dev/null
work=$(mktemp -d /tmp/pvgpu-service.XXXXXX)
touch "$work/start"
backend='' resting=''
cleanup() {
    [ -z "$resting" ] || kill -9 "$resting" 2>/dev/null || true
    [ -z "$backend" ] || kill -9 "$backend" 2>/dev/null || true
    rm -rf "$work"
    rm -f "$memory"*
}
trap cleanup EXIT
socket=$work/vm.sock
memory=/dev/shm/pvgpu-service.$$ # of ivshmem-plain

start_backend() {
    "$build/pvgpu-backend" --pipe-path "$socket" "$@" >"$work/log" 2>&1 &
    backend=$!
    for _ in $(seq 100); do
        [ -S "$socket" ] && return 0
        sleep 0.05
    done
    return 1
}

# Ends it as a service manager does; false if that takes 2 s or more, or leaves the endpoint.
stop_backend() {
    local start code=0
    start=$(date +%s%N)
    kill -TERM "$backend"
    wait "$backend" || code=$?
    backend=''
    local took=$((($(date +%s%N) - start) / 1000000))
    echo "ended with $code after $took ms"
    [ "$code" -eq 0 ] && [ "$took" -lt 2000 ] && [ ! -e "$socket" ]
}

one_line_and_code() { # expected code, expected text, arguments...
    local expected=$1 text=$2 code=0
    shift 2
    "$build/pvgpu-backend" "$@" >"$work/out" 2>&1 || code=$?
    cat "$work/out"
    [ "$code" -eq "$expected" ] && [ "$(wc -l <"$work/out")" -eq 1 ] && grep -qF -e "$text" "$work/out"
}

play() { "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene triangle --frames 5; }

check "unknown option: one line, code 2" one_line_and_code 2 '--colour: there is no such option' --colour red
check "wrong value: one line, code 2" one_line_and_code 2 'expected 2 or 3' --buffer-count 7
check "wrong size: one line, code 2" one_line_and_code 2 'a power of two from 64M to 2G' --shmem-size 100M
check "a limit that is no number: one line, code 2" one_line_and_code 2 'a number from 1' --limit-objects many
check "a limit that is too large: one line, code 2" one_line_and_code 2 'a number from 1' --limit-shaders 16777217
check "missing value: one line, code 2" one_line_and_code 2 'expected a value' --pipe-path
check "--version" one_line_and_code 0 'protocol 1.0' --version
check "--help names every exit code" sh -c "$build/pvgpu-backend --help | grep -q 'Exit codes: 0'"
check "documents and manual pages show the options as they are" tools/option-docs.py --check "$build"
example_is_read() { "$build/pvgpu-backend" --config docs/pvgpu.toml --dump-config >"$work/dump" && grep -qx 'width = 1920  # default' "$work/dump"; }
check "the example file is read" example_is_read
printf 'width = 640\nbuffer_count =    7\n' >"$work/bad.toml"
check "a mistake in the file: file, line and column, code 2" one_line_and_code 2 "$work/bad.toml:2:19: buffer_count: expected 2 or 3, not 7" --config "$work/bad.toml"
endpoint_refused() {
    local code=0
    "$build/pvgpu-backend" --pipe-path "$1" >"$work/out" 2>&1 || code=$?
    cat "$work/out"
    [ "$code" -eq 3 ] && grep -qF -e "$2" "$work/out"
}
check "endpoint in a missing folder: code 3" endpoint_refused "$work/none/vm.sock" "$work/none"
check "endpoint path too long: code 3" endpoint_refused "$work/$(printf 'x%.0s' $(seq 200))" 'long'

check "starts" start_backend
# Statistics on demand: with nobody there, then with a client that draws; nothing ends by the signal.
logged() { # text: waits for it
    for _ in $(seq 100); do
        grep -qF -e "$1" "$work/log" && return 0
        sleep 0.05
    done
    cat "$work/log"
    return 1
}
report_without_vm() { kill -USR1 "$backend" && logged 'Statistics: no VM is connected'; }
check "SIGUSR1 without a VM says so" report_without_vm
report_of_a_vm() {
    local client code=0
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene cubes --frames 120 --sync-interval 1 &
    client=$!
    logged 'Renderer ready' || code=1
    sleep 1
    kill -USR1 "$backend"
    logged '[vm1] Statistics: ' && logged '[vm1] Alive: 24 objects (' || code=1
    wait "$client" || code=1
    logged '[vm1] Session ended: ' && logged '[vm1] Alive: 0 objects (none)' && logged '[vm1] Alive: 0 bytes (none)' || code=1
    return $code
}
check "SIGUSR1 logs what a VM has alive; at its end nothing is" report_of_a_vm
check "a second service names the first one" endpoint_refused "$socket" "$backend"
check "serves a client" play
check "serves the next client" play
# Peers that break the rules, each followed by one that keeps them.
for behaviour in good truncate good wrong_name too_small bad_layout long_payload garbage doorbell_first vanish good \
    twice endless_name large_claim huge_claim long_doorbell goodbye_first pieces never_reads good; do
    check "a peer on the socket: $behaviour" timeout 30 python3 tests/support/raw_client.py "$socket" $behaviour
done
silent_are_dropped() {
    local slow code=0
    timeout 30 python3 tests/support/raw_client.py "$socket" trickle & slow=$!
    timeout 30 python3 tests/support/raw_client.py "$socket" silent || code=1
    wait $slow || code=1
    logged "A client of $socket has not said what it is within 10 s; disconnecting" || code=1
    return $code
}
check "a silent peer is dropped, and one that says a byte now and then" silent_are_dropped
check "and the next one served" play
check "ends within 2 s of SIGTERM, endpoint removed" stop_backend
no_names_left() { [ -z "$(find /dev/shm -name 'pvgpu_shmem_*' -newer "$work/start")" ]; }
check "no memory name is left" no_names_left

check "starts again" start_backend
"$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene cubes --frames 1000 --sync-interval 1 >"$work/demo" 2>&1 &
demo=$!
sleep 1.5
check "ends within 2 s while a client draws" stop_backend
demo_told() { local code=0; wait "$demo" || code=$?; cat "$work/demo"; [ "$code" -ne 0 ] && grep -q 'the host is gone' "$work/demo"; }
check "the client is told that the host is gone" demo_told

# Connections that say nothing, or not enough, get no session and stand in nobody's way.
check "starts on two links" start_backend --vfio-user "$work/vfio.sock" --max-vms 2
first_frame=("$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene triangle --frames 1)
check "a first frame beside 1,000 half-open connections" timeout 120 \
    python3 tests/support/half_open.py "$socket" 1000 "$backend" "${first_frame[@]}"
check "the same on vfio-user" timeout 120 python3 tests/support/half_open.py "$work/vfio.sock" 1000 "$backend" \
    python3 tests/support/vfio_hello.py "$work/vfio.sock"
check "a first frame beside 1,000 half-open connections to another VM" timeout 120 \
    python3 tests/support/half_open.py "$work/vfio.sock" 1000 "$backend" "${first_frame[@]}"
check "ends" stop_backend

check "starts with one process" start_backend --single-process
check "serves a client in one process" play
check "ends" stop_backend
check "starts with small limits" start_backend --limit-objects 5 --limit-memory 1M
limits_hold() {
    local code=0
    play || code=$?
    cat "$work/log"
    [ "$code" -ne 0 ] && grep -qF '1 MiB in all' "$work/log" && logged 'error 4' && logged 'Errors: '
}
check "a client beyond its limits is told error 4" limits_hold
check "ends" stop_backend

mkdir "$work/frozen"
check "a host that stood still blames nobody" timeout 180 python3 tests/support/frozen.py "$build" "$work/frozen" "$memory.frozen"

# The ivshmem links, with a client that does what QEMU and a program in its guest do.
doorbell=$work/doorbell.sock
over_ivshmem=(--ivshmem-plain "$memory" --ivshmem-doorbell "$doorbell")
play_over() { "$build/pvgpu-demo" --link "$1" --pipe-path "$2" --scene triangle --frames 5; }
check "starts with the ivshmem links" start_backend "${over_ivshmem[@]}"
check "serves a client over ivshmem-doorbell" play_over ivshmem-doorbell "$doorbell"
check "and the next" play_over ivshmem-doorbell "$doorbell"
check "serves a client over ivshmem-plain" play_over ivshmem-plain "$memory"
check "and the next" play_over ivshmem-plain "$memory"
file_refused() { # expected text
    local code=0
    "$build/pvgpu-backend" --ivshmem-plain "$memory" >"$work/out" 2>&1 || code=$?
    cat "$work/out"
    [ "$code" -eq 3 ] && grep -qF -e "$1" "$work/out"
}
check "a second service names the one that has the file: code 3" file_refused "$memory is in use by process $backend"
killed_under_a_client() {
    local client code=0
    "$build/pvgpu-demo" --link ivshmem-plain --pipe-path "$memory" --scene cubes --frames 150 --sync-interval 1 --recover 1 >"$work/back.demo" 2>&1 &
    client=$!
    for _ in $(seq 400); do grep -q 'frames 1 to 150' "$work/back.demo" && break; sleep 0.05; done
    kill -9 "$backend" && wait "$backend"
    for _ in $(seq 400); do grep -q 'the host is gone; waiting for one' "$work/back.demo" && break; sleep 0.05; done
    start_backend "${over_ivshmem[@]}" && logged '[vm1] The shared memory was in use before' || code=1
    wait "$client" || code=1
    cat "$work/back.demo"
    grep -q 'a host is there again' "$work/back.demo" && grep -q 'frames=150 .* errors=0' "$work/back.demo" && [ "$code" -eq 0 ]
}
check "killed and started again under a client of ivshmem-plain, which goes on" killed_under_a_client
check "ends" stop_backend
file_gone() { [ -z "$(find /dev/shm -name "$(basename "$memory")*")" ]; }
check "the file is gone, and what belonged to it" file_gone
truncate -s 1000 "$memory"
check "a file that is none of ours: code 3" file_refused "$memory cannot be shared memory: it has 1000 bytes instead of 268435456; remove it"
rm "$memory"
check "starts with one process over ivshmem-plain" start_backend "${over_ivshmem[@]}" --single-process
check "has made its file" logged 'Serving whoever maps the file'
check "serves a client" play_over ivshmem-plain "$memory"
check "ends" stop_backend
check "the file is gone again" file_gone

# Several VMs at a time: two at one endpoint, one with a table of its own; each has its name and its frames.
cat >"$work/vms.toml" <<END
width = 800
height = 600
[[vm]]
name = "named"
path = "$work/named.sock"
width = 1024
END
check "starts with a table" start_backend --config "$work/vms.toml"
play_long() { "$build/pvgpu-demo" --link pipe --pipe-path "$1" --scene cubes --frames 90 --sync-interval 1 >"$work/$2.demo" 2>&1; }
three_at_once() {
    local pids=() pid code=0
    play_long "$socket" first & pids+=($!)
    logged 'vm1 connected' && logged '[vm1] Renderer ready' || code=1
    play_long "$socket" second & pids+=($!)
    play_long "$work/named.sock" third & pids+=($!)
    logged '[vm2] Renderer ready' && logged '[named] Renderer ready' || code=1
    [ -S "$socket.frames" ] && [ -S "$socket.frames.vm2" ] && [ -S "$work/named.sock.frames" ] || code=1
    for pid in "${pids[@]}"; do wait "$pid" || code=1; done
    for pid in vm1 vm2 named; do logged "[$pid] Session ended: " && logged "$pid disconnected" || code=1; done
    for _ in $(seq 100); do [ ! -e "$socket.frames.vm2" ] || sleep 0.05; done
    [ ! -e "$socket.frames.vm2" ] || code=1
    cat "$work"/*.demo
    return $code
}
check "three VMs at once, each with its frames" three_at_once
check "ends" stop_backend
check "starts with room for one VM" start_backend --max-vms 1
waits_for_room() {
    local first code=0
    play_long "$socket" first & first=$!
    logged '1 VMs are connected, which is the limit (max_vms): others wait' || code=1
    play_long "$socket" second || code=1
    wait "$first" || code=1
    logged 'vm2 connected' && [ "$(grep -c 'Renderer ready' "$work/log")" -eq 2 ] || code=1
    return $code
}
check "a VM beyond the limit waits for its turn" waits_for_room
check "ends" stop_backend

# Asked and told by pvgpu-ctl, and a VM that loses one renderer after the other.
ctl() { "$build/pvgpu-ctl" --control-path "$work/control.sock" "$@"; }
check "pvgpu-ctl without a service: code 3" sh -c "$build/pvgpu-ctl --control-path $work/none.sock list; [ \$? -eq 3 ]"
check "starts with a control endpoint" start_backend --control-path "$work/control.sock" --restart-limit 2
json_field() { python3 -c 'import json,sys; vms=json.load(sys.stdin); print([v for v in vms if v["name"]==sys.argv[1]][0][sys.argv[2]])' "$1" "$2"; }
asked_and_told() {
    local client code=0
    [ "$(ctl list)" = 'no VM is connected' ] && [ "$(ctl list --json)" = '[]' ] || code=1
    play_long "$socket" asked & client=$!
    logged '[vm1] Renderer ready' || code=1
    ctl list && ctl stats vm1 && ctl top --count 1 || code=1
    [ "$(ctl list --json | json_field vm1 state)" = running ] || code=1
    [ "$(ctl stats vm1 --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["counters"]["commands"] > 0)')" = True ] || code=1
    ctl stats nobody && code=1
    ctl disconnect nobody && code=1
    ctl disconnect vm1 && logged 'vm1 disconnected' || code=1
    wait "$client" && code=1
    return $code
}
check "list, stats, top, disconnect" asked_and_told
held_back() {
    local client code=0 i
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene cubes --frames 2000 --sync-interval 1 --recover 5 >"$work/held.demo" 2>&1 &
    client=$!
    for i in 1 2; do
        for _ in $(seq 100); do
            [ "$(ctl list --json | json_field vm2 state 2>/dev/null)" = running ] && break
            sleep 0.05
        done
        kill -9 "$(ctl list --json | json_field vm2 renderer)" || code=1
        for _ in $(seq 100); do grep -c 'DEVICE_LOST' "$work/log" | grep -qx "$i" && break; sleep 0.05; done
    done
    logged 'Renderers lost within a minute: 2; there will be no other until "pvgpu-ctl allow vm2"' || code=1
    [ "$(ctl list --json | json_field vm2 state)" = 'held back' ] || code=1
    ctl allow vm2 && [ "$(ctl list --json | json_field vm2 state)" != 'held back' ] || code=1
    ctl list
    # Who goes on after a lost host may come again, and begins anew.
    ctl disconnect vm2 && logged '[vm3] Renderer ready' || code=1
    kill "$client"
    wait "$client" || true
    cat "$work/held.demo"
    return $code
}
check "a VM that loses its renderers is held back until it is allowed, and comes again" held_back
check "ends" stop_backend

# A VM that has drawn its frames and rests: what is told of them adds up.
check "starts with a control endpoint again" start_backend --control-path "$work/control.sock"
rest=40 # frames
start_resting() {
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene cubes --frames $rest --sync-interval 1 --hold-seconds 120 \
        >"$work/rest.demo" 2>&1 &
    resting=$!
    for _ in $(seq 600); do grep -q "frames=$rest " "$work/rest.demo" && return 0; sleep 0.05; done
    cat "$work/rest.demo"
    return 1
}
check "a VM draws and rests" start_resting
durations_add_up() {
    # The GPU may still be at the last frame, for which nobody has waited.
    for _ in $(seq 100); do
        ctl stats vm1 --json >"$work/stats.json" || return 1
        python3 - "$work/stats.json" $rest >"$work/told" 2>&1 <<'END' && return 0
import json, sys
vm, frames = json.load(open(sys.argv[1])), int(sys.argv[2])
print(json.dumps(vm["durations_us"], indent=2))
took, counters = vm["durations_us"], vm["counters"]
assert counters["presents"] == frames
assert took["frame_time"]["count"] == frames - 1
assert took["present_to_complete"]["count"] == frames
assert 0 < took["doorbell_to_execution"]["count"] <= counters["doorbells"]
for name in took:
    one = took[name]
    assert 0 < one["p50"] <= one["p95"] <= one["p99"] <= one["max"], name
assert sum(counters[name] for name in counters if name.startswith("bytes_")) == counters["bytes"] > 0
END
        sleep 0.05
    done
    cat "$work/told"
    return 1
}
check "durations of $rest presents add up" durations_add_up
stats_for_people() {
    ctl stats vm1 | tee "$work/told"
    [ "$(grep -cE '^  (frame_time|doorbell_to_execution|present_to_complete) +[0-9]+( +[0-9.]+ (us|ms|s)){4}$' "$work/told")" -eq 3 ] &&
        grep -qE '^  on average: [0-9.]+ frames/s, [0-9]+ commands/s, [0-9]+ draws/s, [0-9.]+ [KM]?i?B/s of uploads$' "$work/told"
}
check "stats for people" stats_for_people
# Nothing was drawn meanwhile.
top_of_a_rest() {
    ctl top --count 1 | tee "$work/told"
    grep -qE '^vm1 +running +0( +-){4} +0 +0 +0 +[0-9.]+[kM]? +0$' "$work/told" && ! grep -qE '^.{81}' "$work/told"
}
check "top tells of the last interval alone, in 80 columns" top_of_a_rest
end_resting() {
    kill -9 "$resting"
    wait "$resting" 2>/dev/null || true
    resting=''
    logged 'vm1 disconnected'
}
# Its newest frame, against what pvgpu-capture makes of it.
shot_is_the_frame() {
    ctl screenshot vm1 "$work/shot.png" | tee "$work/told"
    grep -qxF "$work/shot.png: frame $rest of vm1, 640 x 360" "$work/told" || return 1
    ctl screenshot vm1 - >"$work/piped.png" || return 1
    timeout 30 "$build/pvgpu-capture" --endpoint "$socket.frames" --frames 1 --out "$work" --quiet || return 1
    [ ! -e "$work/shot.png.part" ] && python3 - "$work/frame-0000$rest.png" "$work/shot.png" "$work/piped.png" <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, "tests/support")
import pictures
captured, *others = map(pictures.read_png, sys.argv[1:])
assert (captured.width, captured.height) == (640, 360) and len(set(captured.rows)) > 100
for shot in others:
    assert (shot.width, shot.height, shot.rows) == (captured.width, captured.height, captured.rows)
END
}
check "a screenshot is the last frame, every pixel" shot_is_the_frame
ctl_says() { # expected code, expected line, arguments of pvgpu-ctl...
    local expected=$1 text=$2 code=0
    shift 2
    ctl "$@" >"$work/out" 2>"$work/told" || code=$?
    cat "$work/told"
    [ "$code" -eq "$expected" ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/told")" -eq 1 ] && grep -qF -e "$text" "$work/told"
}
check "a screenshot that cannot be written: code 1" ctl_says 1 "cannot write $work/none/x.png: No such file" screenshot vm1 "$work/none/x.png"
check "a screenshot of nobody: code 1" ctl_says 1 'there is no VM called nobody' screenshot nobody "$work/x.png"
check "a screenshot without a file: code 2" ctl_says 2 'expected the name of a VM and a file' screenshot vm1
check "a wait that is none: code 2" ctl_says 2 'expected a number from 1 to 86400, not "x"' screenshot vm1 x.png --wait x
# A second VM, which never presents.
shot_of_nothing() {
    local silent code=0
    python3 tests/support/raw_client.py "$socket" rest &
    silent=$!
    logged '[vm2] Renderer ready' || code=1
    ctl_says 4 'vm2 (running) has presented no frame within 1 s' screenshot vm2 "$work/none.png" --wait 1 || code=1
    [ ! -e "$work/none.png" ] || code=1
    ctl disconnect vm2 || code=1
    wait "$silent" || code=1
    return $code
}
check "a screenshot of a VM that shows nothing: code 4, and no file" shot_of_nothing
check "the VM goes" end_resting
check "ends" stop_backend

# One VM after the other: the service itself keeps nothing of them. CONNECTS=10000 for many (and CONNECTS_D3D11).
of_service() { ctl service --json | figures "$@"; }
usage() { of_service handles resident_bytes | { read -r handles bytes && echo "$handles $((bytes >> 10))"; }; }
connect() { "$build/tests/connects" "$socket" "$1"; }
nobody_is_left() {
    for _ in $(seq 400); do [ "$(of_service vms)" = 0 ] && return 0; sleep 0.05; done
    return 1
}
check "starts without a GPU" start_backend --control-path "$work/control.sock" --renderer null --log-level warn
check "handles and memory stay as they are, null renderer" stays_flat 20 "${CONNECTS:-100}"
check "ends" stop_backend
check "starts with a GPU" start_backend --control-path "$work/control.sock" --log-level warn
check "handles and memory stay as they are, Direct3D 11" stays_flat 20 "${CONNECTS_D3D11:-10}"
check "ends" stop_backend

check "${SOAK:-15} s of VMs, consumers, bad peers and killed renderers" tests/soak/soak.py "$build" "${SOAK:-15}"

# The service manager's unit: what it runs tells the manager that it is ready, alive and ending.
unit=$work/unit
mkdir "$unit"
sed "s#@bindir@#$PWD/$build#" dist/pvgpu-backend.service.in >"$unit/pvgpu-backend.service"
check "systemd-analyze verify finds nothing in the unit" sh -c "out=\$(systemd-analyze verify --man=no $unit/pvgpu-backend.service 2>&1); echo \"\$out\"; [ -z \"\$out\" ]"
tells_manager() {
    local command
    command=$(sed -n 's/^ExecStart=//p' "$unit/pvgpu-backend.service")
    timeout 30 python3 tests/support/notify_socket.py "$work/notify.sock" "$command" --pipe-path "$socket" --control-path none
}
check "READY, WATCHDOG, STOPPING reach the service manager" tells_manager

# Nothing writable, no HOME: it runs all the same and leaves no file.
mkdir "$work/readonly"
touch "$work/mark"
read_only() {
    local directory=$PWD code=0
    (cd "$work/readonly" && exec env -u HOME -u XDG_CACHE_HOME -u XDG_RUNTIME_DIR "$directory/$build/pvgpu-backend" \
        --pipe-path "$socket" >"$work/log" 2>&1) &
    backend=$!
    for _ in $(seq 100); do [ -S "$socket" ] && break; sleep 0.05; done
    play || code=1
    stop_backend || code=1
    # What was written meanwhile, other than by this test and by whoever else uses /tmp.
    find / -xdev -newer "$work/mark" -type f -not -path '/proc/*' -not -path '/sys/*' -not -path '/tmp/*' 2>/dev/null |
        grep -v -F "$directory/build/" && code=1
    [ "$code" -eq 0 ] && [ -z "$(ls -A "$work/readonly")" ]
}
chmod 555 "$work/readonly"
check "runs in a read-only folder without HOME and leaves no file" read_only
finish
