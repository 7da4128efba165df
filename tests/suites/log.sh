#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The service's log as its users meet it: filters, forms, the file, and what the processes and drivers of a VM say.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" >/dev/null
work=$(mktemp -d /tmp/pvgpu-log.XXXXXX)
backend=''
cleanup() {
    [ -z "$backend" ] || kill -9 "$backend" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
unset PVGPU_LOG RUST_LOG PVGPU_DEBUG JOURNAL_STREAM
socket=$work/vm.sock

wait_for() { # command...: until it is true
    for _ in $(seq 200); do
        "$@" && return 0
        sleep 0.05
    done
    return 1
}
said() { grep -qE -e "$1" "${2:-$work/out}" 2>/dev/null; }
show() { cat "$work/out"; return 1; }

start_backend() { # options..., variables in front of it
    "$build/pvgpu-backend" --pipe-path "$socket" --shader-cache none "$@" >"$work/out" 2>&1 &
    backend=$!
    wait_for test -S "$socket"
}
stop_backend() {
    local code=0
    kill -TERM "$backend"
    wait "$backend" || code=$?
    backend=''
    return $code
}
play() { "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene triangle --frames "${frames:-3}" >"$work/demo" 2>&1; }
one_vm() { # options...: a service that has served one VM
    if ! start_backend "$@" || ! play || ! stop_backend; then show; fi
}

# ---- Tables and their documentation ------------------------------------------------------------------------------
targets() { sed -n 's/^PVGPU_LOG_TARGET("\([^"]*\)", .*/\1/p' src/base/log_targets.inc; }
known_targets() {
    local missing=0 target
    for target in $(grep -rhoE '"pvgpu_backend(::[a-z0-9_]+)*"' src --include=*.c | tr -d '"' | sort -u); do
        targets | grep -qx -e "$target" || { echo "not in src/base/log_targets.inc: $target"; missing=1; }
    done
    return $missing
}
documented_targets() {
    diff <(sed -n 's/^PVGPU_LOG_TARGET("\(.*\)", "\(.*\)")$/| `\1` | \2 |/p' src/base/log_targets.inc) \
        <(grep -E '^\| `(pvgpu_backend(::.*)?|driver)` \|' docs/logging.md | grep -v '=' | grep -v 'the same with')
}
check "every target in the sources is in the table" known_targets
check "docs/logging.md has the table of targets" documented_targets

# ---- Filters -----------------------------------------------------------------------------------------------------
refused() { # expected text, variable or "", arguments...
    local text=$1 variable=$2 code=0
    shift 2
    env ${variable:+"$variable"} "$build/pvgpu-backend" --pipe-path "$socket" "$@" >"$work/out" 2>&1 || code=$?
    cat "$work/out"
    [ "$code" -eq 2 ] && [ "$(wc -l <"$work/out")" -eq 1 ] && grep -qF -e "$text" "$work/out"
}
check "a wrong --log-level: one line, code 2" refused 'expected a level' '' --log-level loud
check "a wrong PVGPU_LOG: one line, code 2" refused 'PVGPU_LOG=info,loud (environment): expected a level' PVGPU_LOG=info,loud
check "a wrong RUST_LOG: one line, code 2" refused 'RUST_LOG=pvgpu_backend::x=y (environment): expected a level' RUST_LOG=pvgpu_backend::x=y
check "a wrong --log-format: one line, code 2" refused 'expected text or json' '' --log-format xml

lines_are() { # extended expression that every line must match, one that some line must
    if said '^' <(grep -vE -e "$1" "$work/out") || ! said "$2"; then show; fi
}
filtered() { # every line, some line, variables and options...
    local every=$1 some=$2
    shift 2
    (for one in "$@"; do case $one in --*) ;; *) export "${one?}" ;; esac; done
     options=()
     for one in "$@"; do case $one in --*) options+=("$one") ;; esac; done
     start_backend "${options[@]}" && stop_backend) && lines_are "$every" "$some"
}
a_wrong_one_that_does_not_count() { PVGPU_LOG=info RUST_LOG=x=y "$build/pvgpu-backend" --dump-config | grep -F 'log_level = "info"  # environment (PVGPU_LOG)'; }
check "a wrong RUST_LOG behind PVGPU_LOG is not read" a_wrong_one_that_does_not_count
check "RUST_LOG by target" filtered ' INFO  pvgpu_backend::supervisor: ' 'Listening' \
    RUST_LOG=warn,hyper=trace,pvgpu_backend::supervisor=info
check "PVGPU_LOG before RUST_LOG" filtered ' pvgpu_backend::config: ' 'Configuration' \
    RUST_LOG=trace PVGPU_LOG=OFF,pvgpu_backend::config=Info
check "--log-level before all" filtered ' pvgpu_backend::supervisor: ' 'Listening' \
    RUST_LOG=trace PVGPU_LOG=trace PVGPU_DEBUG=1 --log-level=off,pvgpu_backend::supervisor=info
children_follow() {
    PVGPU_LOG=off,pvgpu_backend::command_processor=debug one_vm --renderer null &&
        lines_are ' pvgpu_backend::command_processor: \[vm1\] ' 'DEBUG .* CMD_CREATE_RESOURCE: '
}
check "sessions and renderers have the same filter" children_follow
debug_by_variable() { PVGPU_DEBUG=1 one_vm --renderer null && said 'DEBUG .*\[vm1\] CMD_CREATE_RESOURCE: '; }
check "PVGPU_DEBUG=1" debug_by_variable

# ---- Forms -------------------------------------------------------------------------------------------------------
stamp='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z'
check "text has times" filtered "^$stamp (ERROR|WARN |INFO ) pvgpu_backend" 'Listening'
journal() {
    : >"$work/out"
    JOURNAL_STREAM=$(stat -c %d:%i "$work/out")
    export JOURNAL_STREAM
    start_backend && stop_backend && unset JOURNAL_STREAM
    lines_are '^<6>INFO  pvgpu_backend' 'Listening'
}
check "for the journal it has priorities instead" journal
another_journal() { JOURNAL_STREAM=1:2 start_backend && stop_backend && lines_are "^$stamp " 'Listening'; }
check "another stream than the journal's has times" another_journal
json_lines() {
    python3 - "$1" <<'END'
import json, sys
lines = open(sys.argv[1], "rb").read().decode("utf-8").splitlines()
records = [json.loads(line) for line in lines]
assert len(records) > 10, len(records)
for r in records:
    assert {"timestamp", "level", "target", "message"} <= set(r) <= {
        "timestamp", "level", "target", "message", "vm", "pid", "fields"}, r
    assert r["level"] in ("ERROR", "WARN", "INFO", "DEBUG", "TRACE"), r
def one(text):
    found = [r for r in records if text in r["message"]]
    assert found, text
    return found[0]
assert "vm" not in one("Listening")
assert one("Handshake complete")["vm"] == "vm1" and one("Handshake complete")["target"] == "pvgpu_backend::link"
ended = one("Session ended")
assert ended["fields"]["presents"] == 3 and ended["fields"]["objects"] == 0, ended
processes = {r["pid"] for r in records if "pid" in r}
assert len(processes) == 3, processes
END
}
json_file() {
    one_vm --renderer null --log-format json --log-file "$work/json.log" || return 1
    [ ! -s "$work/out" ] || show || return 1
    [ "$(stat -c %a "$work/json.log")" = 600 ] && json_lines "$work/json.log"
}
check "JSON in a file, three processes, nothing on standard error" json_file
faults() {
    start_backend --renderer null --limit-objects 5 --log-format json || return 1
    play || true # it is told of errors
    stop_backend && said 'CMD_.*: error 4, .*"fields":\{"code":4,"argument":[0-9]+,"command":"CREATE_[A-Z_]+","opcode":[0-9]+\}'
}
check "error reports have fields" faults

# While it runs: the session and the renderer of a VM that is connected follow.
changed() {
    local code=0 ctl=("$build/pvgpu-ctl" --control-path "$work/control.sock")
    start_backend --renderer null --control-path "$work/control.sock" || return 1
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene cubes --frames 100000 >"$work/demo" 2>&1 &
    local client=$!
    wait_for said 'Renderer ready' || code=1
    ! said DEBUG || code=1
    "${ctl[@]}" log-level off,pvgpu_backend::present=debug || code=1
    wait_for said 'DEBUG pvgpu_backend::present: \[vm1\] Frame presented' || code=1
    [ "$("${ctl[@]}" log-level)" = 'log_level        off,pvgpu_backend::present=debug' ] || code=1
    ! "${ctl[@]}" log-level loud 2>"$work/ctl" || code=1
    grep -F 'pvgpu-ctl: "loud": expected a level' "$work/ctl" || code=1
    kill "$client" && wait "$client" 2>/dev/null
    stop_backend || code=1
    [ "$code" -eq 0 ] || show
}
check "pvgpu-ctl log-level: children that run follow" changed

# ---- The file ----------------------------------------------------------------------------------------------------
ln -s "$work/elsewhere" "$work/link.log"
check "a symbolic link is refused" refused "--log-file: $work/link.log: it is a symbolic link" '' \
    --log-file "$work/link.log"
check "a missing folder is refused" refused "--log-file: $work/none/x.log: " '' --log-file "$work/none/x.log"
check "a size without room for a line is refused" refused 'expected at least 8192' '' \
    --log-file "$work/x.log" --log-file-size 100
renamed() {
    frames=100 one_vm --renderer null --no-vsync --log-level trace --log-file "$work/turn.log" --log-file-size 8K --log-file-count 2 || return 1
    ls -l "$work"/turn.log*
    [ -e "$work/turn.log.2" ] && [ ! -e "$work/turn.log.3" ] &&
        [ -z "$(find "$work" -name 'turn.log*' -size +8k)" ] && said 'Session ended' <(cat "$work"/turn.log*)
}
check "a file that has grown is renamed, two are kept" renamed
full_disk() {
    one_vm --renderer null --log-file /dev/full || return 1
    cat "$work/out"
    [ "$(wc -l <"$work/out")" -eq 1 ] && said 'WARN  pvgpu_backend: The log file /dev/full cannot be written: No space'
}
check "a full disk stops nobody and is told once" full_disk

# ---- What a VM's processes say -----------------------------------------------------------------------------------
dxvk() {
    local line
    DXVK_LOG_LEVEL=info one_vm || return 1
    for line in ' INFO  driver: \[vm1\] info:  DXVK: ' ' driver: \[vm1\] .*llvmpipe' \
        ' pvgpu_backend::renderer: \[vm1\] Renderer ready: '; do
        said "$line" || show || return 1
    done
}
check "DXVK's notes are there with their VM's name" dxvk
renderer_of() { pgrep -f -- "--role renderer .*$socket.frames" | head -n 1; }
killed() {
    local code=0 client renderer
    start_backend || return 1
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene cubes --frames 2000 --sync-interval 1 \
        >"$work/demo" 2>&1 &
    client=$!
    wait_for said 'Renderer ready' || code=1
    renderer=$(renderer_of)
    # What a library would leave behind: a whole line, one of another VM's, half a line, rubbish.
    printf 'MESA: error: out of luck\nINFO  pvgpu_backend: [vm2] not me\n\036garbage\037\002\nlast wo' \
        >"/proc/$renderer/fd/2" || code=1
    kill -9 "$renderer"
    wait_for said 'ERROR pvgpu_backend::session: \[vm1\] PVGPU_ERROR_DEVICE_LOST: .*ended by signal 9' ||
        code=1
    stop_backend || code=1
    wait "$client" || true
    said 'WARN  driver: \[vm1\] MESA: error: out of luck$' &&
        said 'WARN  driver: \[vm1\] INFO  pvgpu_backend: \[vm2\] not me$' &&
        said 'WARN  driver: \[vm1\] \?garbage\?\?$' && said 'WARN  driver: \[vm1\] last wo$' &&
        [ "$code" -eq 0 ] || show
}
check "a renderer that is killed: its last words, and that it is gone" killed
# The supervisor cannot read: the guest has its frames all the same, and their traces are more than the pipe takes.
stopped_reader() {
    local code=0
    start_backend --renderer null --no-vsync --log-level trace --log-file "$work/trace.log" || return 1
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene triangle --frames 40000 >"$work/demo" 2>&1 &
    local client=$!
    wait_for said 'CMD_PRESENT' "$work/trace.log" || code=1
    kill -STOP "$backend"
    wait "$client" || code=1
    kill -CONT "$backend"
    wait_for said 'WARN  pvgpu_backend: \[vm1\] [0-9]+ lines were lost: ' "$work/trace.log" || code=1
    stop_backend && [ "$code" -eq 0 ] || { cat "$work/demo"; return 1; }
}
check "a log that does not keep up loses lines, counts them and holds nobody up" stopped_reader
finish
