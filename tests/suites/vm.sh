#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# A real virtual machine on stock QEMU, the backend as its PCI device: frames equal to direct drawing, and what happens
# when the renderer, QEMU or the service dies in mid-frame. With the root qemu72 beside it (./box --with=qemu72) also in an
# old QEMU.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" >/dev/null
work=$(mktemp -d /tmp/pvgpu-vm.XXXXXX)
backend='' guest='' guest2='' capture=''
cleanup() {
    local process
    for process in $guest $guest2 $capture $backend; do kill -9 "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT
socket=$work/vm.sock

same_frames() { # scene, frames...
    local scene=$1 frame
    shift
    "$build/pvgpu-direct" --scene "$scene" --width 320 --height 180 --frame "$(IFS=,; echo "$*")" \
        --out "$work/direct-%d.rgba" || return 1
    for frame in "$@"; do
        cmp "$work/direct-$frame.rgba" "$work/out/frame-$(printf %06d "$frame").rgba" || return 1
    done
}

start_backend() {
    "$build/pvgpu-backend" --vfio-user "$socket" --log-level info >"$work/backend.log" 2>&1 &
    backend=$!
    for _ in $(seq 100); do [ -S "$socket" ] && return 0; sleep 0.05; done
    return 1
}

wait_for_line() { # file, pattern, seconds
    local tries=$(($3 * 20))
    until grep -q "$2" "$1" 2>/dev/null; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { tail -n 20 "$1"; return 1; }
        sleep 0.05
    done
}

renderer_of() { pgrep -P "$(pgrep -P "$backend" -x pvgpu-session || pgrep -P "$backend")" | head -n 1; }

# What the VM printed, without the console's carriage returns.
guest_said() { tr -d '\r' <"$work/guest.log"; }
said() { guest_said | grep -q -- "$1" || { guest_said | tail -n 30; return 1; }; }
said_times() { [ "$(guest_said | grep -c -- "$1")" -eq "$2" ] || { guest_said | tail -n 30; return 1; }; }

for scene in clear triangle cubes; do
    check "$scene in a VM, interrupts by MSI-X" tools/run-demo.sh SCENE=$scene FRAMES=12 WIDTH=320 HEIGHT=180 \
        OUT="$work/out" FORMAT=rgba BUILD=$build
    check "$scene in a VM equals direct drawing" same_frames $scene 1 5 12
done
check "cubes in a VM that polls" tools/run-demo.sh SCENE=cubes FRAMES=6 WIDTH=320 HEIGHT=180 INTERRUPTS=0 \
    OUT="$work/out" FORMAT=rgba BUILD=$build
check "cubes in a VM that polls equals direct drawing" same_frames cubes 1 6

# The renderer is killed in mid-frame: the guest is told, resets, and draws the right frames without a restart of QEMU.
check "backend starts" start_backend
tools/boot-vm.sh LINK=vfio-user ENDPOINT="$socket" BUILD=$build --probe ';' --link vfio --scene cubes --frames 200 \
    --sync-interval 2 --width 320 --height 180 --recover 1 >"$work/guest.log" 2>&1 &
guest=$!
check "the guest draws" wait_for_line "$work/guest.log" 'cubes, frames 1 to 200' 90
sleep 0.7
renderer=$(renderer_of)
check "the renderer is a process of its own" test -n "$renderer"
kill -9 "$renderer" || true
check "the guest sees device lost" wait_for_line "$work/guest.log" 'device lost; register status' 20
bar0_answers() {
    local us
    us=$(sed -n 's/.*read in \([0-9]*\) us.*/\1/p' "$work/guest.log" | head -n 1)
    echo "BAR0 read: $us us"
    [ "$us" -lt 50000 ]
}
check "a BAR0 read answers within 50 ms meanwhile" bar0_answers
rm -rf "$work/out"
"$build/pvgpu-capture" --endpoint "$socket.frames" --out "$work/out" --frames 200 --all --numbers 50,100,200 --format rgba --wait 30 --quiet \
    >"$work/capture.log" 2>&1 &
capture=$!
guest_ends_well() { wait "$guest" && said_times 'demo exited with 0' 2; }
check "after its reset the guest draws to the end" guest_ends_well
guest=''
check "the probe in it sees the host" said 'register status 0x5'
check "and the way to interrupts" said 'interrupts  by vfio-pci'
captured() { wait "$capture" || true; cat "$work/capture.log"; [ -f "$work/out/frame-000200.rgba" ]; }
check "its frames are captured again" captured
capture=''
check "and are right" same_frames cubes 50 100 200
check "the log says it plainly" grep -q PVGPU_ERROR_DEVICE_LOST "$work/backend.log"

# QEMU is killed in mid-frame: the session ends, the next VM is served.
tools/boot-vm.sh LINK=vfio-user ENDPOINT="$socket" BUILD=$build INTERRUPTS=0 --probe ';' --link sysfs --scene cubes \
    --frames 100000 --width 320 --height 180 >"$work/guest.log" 2>&1 &
guest=$!
check "the next VM draws" wait_for_line "$work/guest.log" 'cubes, frames 1 to' 90
check "the probe in it finds the device" said '1af4:10f0, class 030200'
check "and says why there are no interrupts" said 'vfio-pci: the module vfio-pci is not loaded'
sleep 0.5
kill -9 "$guest"
wait "$guest" 2>/dev/null || true
guest=''
session_gone() {
    for _ in $(seq 60); do
        [ -z "$(pgrep -P "$backend")" ] && return 0
        sleep 0.05
    done
    return 1
}
check "QEMU killed: its session and renderer are gone" session_gone
kill -TERM "$backend"
ended() { wait "$backend"; }
check "the service ends well" ended
backend=''

. "$(dirname "$0")/vm-ivshmem.sh"
finish
