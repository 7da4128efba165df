#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The vfio-user link without a VM: a program plays QEMU, rightly, wrongly, and as one that floods.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" >/dev/null
work=$(mktemp -d /tmp/pvgpu-vfio.XXXXXX)
backend='' flood=''
cleanup() {
    local process
    for process in $flood $backend; do kill -9 "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT
socket=$work/vfio.sock pipe=$work/vm.sock

start_backend() {
    "$build/pvgpu-backend" --vfio-user "$socket" --pipe-path "$pipe" --renderer null --control-path none --shader-cache none \
        "$@" >"$work/log" 2>&1 &
    backend=$!
    for _ in $(seq 100); do [ -S "$socket" ] && [ -S "$pipe" ] && return 0; sleep 0.05; done
    return 1
}
stop_backend() {
    local code=0
    kill -TERM "$backend"
    wait "$backend" || code=$?
    backend=''
    [ "$code" -eq 0 ]
}
client() { timeout 120 python3 tests/support/vfio_client.py "$socket" "$@"; }
# Sessions and renderers of the service have ended.
alone() {
    for _ in $(seq 200); do
        [ -z "$(pgrep -P "$backend")" ] && return 0
        sleep 0.05
    done
    return 1
}
holdings() { find /proc/"$backend"/fd -mindepth 1 | wc -l; }

check "starts" start_backend
check "an interrupt for each fence, by MSI-X and by INTx" client good
check "its session ends" alone
before=$(holdings)
for behaviour in long_message reply_first garbage no_version vanish refused handles never_reads good; do
    check "a client on the socket: $behaviour" client $behaviour
done
refusals() { [ "$(grep -c 'command 99 .* refused' "$work/log")" -le 40 ]; }
check "a thousand refused requests are a few lines" refusals
check "sessions end" alone
check "the service holds what it held" test "$(holdings)" -eq "$before"

# A VM that floods delays neither its own interrupts nor another VM.
check "interrupts come through a flood of doorbells" client flood
check "interrupts come through a flood of another register" client flood 0 0x18
check "after a flood of resets the device works" client flood_of_resets
shook_hands() { grep -c 'Handshake complete' "$work/log"; }
served=$(shook_hands)
python3 tests/support/vfio_client.py "$socket" flood 600 >"$work/flood" 2>&1 &
flood=$!
flooding() {
    for _ in $(seq 200); do
        [ "$(shook_hands)" -gt "$served" ] && return 0
        sleep 0.05
    done
    return 1
}
check "a client floods" flooding
draws_meanwhile() {
    "$build/pvgpu-demo" --link pipe --pipe-path "$pipe" --scene triangle --frames 120 --sync-interval 1 && kill -0 "$flood"
}
check "another VM draws meanwhile" draws_meanwhile
kill "$flood"
wait "$flood" 2>/dev/null || true
flood=''
check "sessions end" alone
check "the service holds what it held" test "$(holdings)" -eq "$before"
check "ends" stop_backend

check "starts with another identity" start_backend --device-id abcd:1234 --subsystem-id 0001:FFFF --class-code 0x038000
says_identity() { [ "$(client identity)" = "ABCD:1234 0001:FFFF 0x038000" ]; }
check "which the device has" says_identity
check "ends" stop_backend
finish
