#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# A real virtual machine on stock QEMU, the backend as its PCI device: frames equal to direct drawing by every kind of
# interrupt, and what happens when the machine restarts or is paused, and when the renderer, QEMU or the service dies in
# mid-frame. With the root qemu72 beside it (./box --with=qemu72) also in an old QEMU.
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
    "$build/pvgpu-backend" --vfio-user "$socket" --log-level info "$@" >"$work/backend.log" 2>&1 &
    backend=$!
    for _ in $(seq 100); do [ -S "$socket" ] && return 0; sleep 0.05; done
    return 1
}

wait_for_line() { # file, pattern, seconds, how many of them (1)
    local tries=$(($3 * 20)) count
    until count=$(grep -c "$2" "$1" 2>/dev/null) && [ "$count" -ge "${4:-1}" ]; do
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

# Both kinds of interrupt arrive, in a guest that waits for its frames.
guest_ends_well() { wait "$guest" && tr -d '\r' <"$work/guest.log" | grep -q 'demo exited with 0'; }
count_interrupts() { sed -n 's/.* interrupts=\([0-9]*\).*/\1/p' "$work/guest.log" | tail -n 1; }
stop_backend() {
    kill -TERM "$backend"
    wait "$backend" || return 1
    backend=''
}
for kind in msix intx; do
    interrupts=1
    [ $kind = msix ] || interrupts=intx
    check "backend starts" start_backend
    rm -rf "$work/out"
    "$build/pvgpu-capture" --endpoint "$socket.frames" --out "$work/out" --frames 12 --all --format rgba --wait 30 --quiet \
        >"$work/capture.log" 2>&1 &
    capture=$!
    tools/boot-vm.sh LINK=vfio-user ENDPOINT="$socket" BUILD=$build INTERRUPTS=$interrupts --scene cubes --frames 12 --sync-interval 1 \
        --width 320 --height 180 >"$work/guest.log" 2>&1 &
    guest=$!
    check "cubes in a VM that waits for its frames, $kind" guest_ends_well
    guest=''
    check "all of them are captured" wait "$capture"
    capture=''
    check "they equal direct drawing" same_frames cubes 1 5 12
    echo "$kind: $(count_interrupts) interrupts"
    check "interrupts came by $kind" test "$(count_interrupts)" -gt 0
    check "the service ends" stop_backend
done
check "the last one was INTx" grep -q 'over vfio with INTx' "$work/guest.log"

# The identity is the host's to choose; our guest software finds another one only when told.
check "backend starts as another device" start_backend --device-id 1AF4:10FE --class-code 0x038000
tools/boot-vm.sh LINK=vfio-user ENDPOINT="$socket" BUILD=$build INTERRUPTS=0 --scene clear --frames 2 >"$work/guest.log" 2>&1 &
guest=$!
not_found() { wait "$guest" && grep -q 'nothing with id 1af4:10f0' "$work/guest.log"; }
check "a guest that is not told finds nothing" not_found
tools/boot-vm.sh LINK=vfio-user ENDPOINT="$socket" BUILD=$build INTERRUPTS=0 --device-id 1AF4:10FE --scene clear --frames 2 >"$work/guest.log" 2>&1 &
guest=$!
check "one that is told draws" guest_ends_well
guest=''
check "the service ends" stop_backend

# The machine restarts: once as its system does it, once from outside in mid-frame. QEMU and the session stay.
check "backend starts" start_backend
rm -rf "$work/out"
"$build/pvgpu-capture" --endpoint "$socket.frames" --out "$work/out" --all --format rgba --wait 30 --quiet \
    >"$work/capture.log" 2>&1 &
capture=$!
tools/boot-vm.sh LINK=vfio-user ENDPOINT="$socket" BUILD=$build QMP="$work/qmp" --scene cubes --frames 60 --sync-interval 2 --width 320 \
    --height 180 >"$work/guest.log" 2>&1 &
guest=$!
qmp() { python3 tests/support/qmp.py "$work/qmp" run "$1"; }
check "the guest draws to the end, and restarts" wait_for_line "$work/guest.log" 'demo exited with 0' 90
session=$(pgrep -P "$backend") renderer=$(renderer_of)
check "it draws again" wait_for_line "$work/guest.log" 'cubes, frames 1 to 60' 90 2
sleep 0.7
check "the machine is reset from outside" qmp system_reset
check "it draws once more" wait_for_line "$work/guest.log" 'cubes, frames 1 to 60' 90 3
sleep 0.3
check "the machine is paused in mid-frame" qmp stop
sleep 4
check "and goes on" qmp cont
check "to the end" wait_for_line "$work/guest.log" 'demo exited with 0' 90 2
check "in the same session" test "$session $renderer" = "$(pgrep -P "$backend") $(renderer_of)"
check "QEMU ends when asked" qmp quit
ended_well() { wait "$guest"; }
check "and ends well" ended_well
guest=''
kill -TERM "$capture"
wait "$capture" || true
capture=''
same_after_restarts() {
    local frame file count=0
    "$build/pvgpu-direct" --scene cubes --width 320 --height 180 --frame 1,30,60 --out "$work/direct-%d.rgba" || return 1
    for frame in 1 30 60; do
        for file in "$work/out/"*"frame-$(printf %06d "$frame").rgba"; do
            cmp "$work/direct-$frame.rgba" "$file" || return 1
            count=$((count + 1))
        done
    done
    echo "$count frames compared: $(cd "$work/out" && echo ./*frame-000001.rgba ./*frame-000060.rgba)"
    # The first and the last run are whole; of the second there is the beginning.
    [ "$count" -ge 7 ] && [ "$(find "$work/out" -name '*frame-000060.rgba' | wc -l)" -eq 2 ]
}
check "frames are the same after each restart" same_after_restarts
check "the service ends" stop_backend

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
guest_played_twice() { wait "$guest" && said_times 'demo exited with 0' 2; }
check "after its reset the guest draws to the end" guest_played_twice
guest=''
check "the probe in it sees the host" said 'register status 0x5'
check "and the way to interrupts" said 'interrupts  by vfio-pci'
captured() { wait "$capture" || true; cat "$work/capture.log"; [ -f "$work/out/frame-000200.rgba" ]; }
check "its frames are captured again" captured
capture=''
check "and are right" same_frames cubes 50 100 200
check "the log says it plainly" grep -q PVGPU_ERROR_DEVICE_LOST "$work/backend.log"

# QEMU is killed in mid-frame, and another is there at once: three times, and nothing of them is left.
session_gone() {
    for _ in $(seq 400); do
        [ -z "$(pgrep -P "$backend")" ] && return 0
        sleep 0.05
    done
    return 1
}
# What the service holds: processes, descriptors, memory of VMs; and the sockets around it.
holdings() {
    printf 'children %s, descriptors %s, memory of VMs %s, files %s\n' "$(pgrep -c -P "$backend")" \
        "$(find /proc/"$backend"/fd -mindepth 1 | wc -l)" "$(grep -c 'memfd:' /proc/"$backend"/maps)" \
        "$(cd "$work" && find . -type s | sort | tr '\n' ' ')"
}
check "the session of before is gone" session_gone
before=$(holdings)
echo "$before"
for turn in 1 2 3; do
    tools/boot-vm.sh LINK=vfio-user ENDPOINT="$socket" BUILD=$build INTERRUPTS=0 --scene cubes --frames 100000 --width 320 --height 180 \
        >"$work/guest-$turn.log" 2>&1 &
    guest=$!
    check "a VM draws, $turn" wait_for_line "$work/guest-$turn.log" 'cubes, frames 1 to' 90
    sleep 0.5
    kill -9 "$guest"
    wait "$guest" 2>/dev/null || true
    guest=''
done
check "QEMU killed: its session and renderer are gone" session_gone
check "nothing is left of the three" test "$before" = "$(holdings)"
holdings
check "the service ends well" stop_backend

. "$(dirname "$0")/vm-ivshmem.sh"
finish
