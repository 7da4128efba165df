# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
#
# The part of the vm suite over QEMU's ivshmem devices, and what concerns several links. Sourced by vm.sh, whose functions
# and variables it uses.
# shellcheck disable=SC2154

# start_service OPTION...: a backend with these endpoints; ready when the last one given is there.
start_service() {
    local endpoint=${*: -1}
    "$build/pvgpu-backend" "$@" --log-level info >"$work/backend.log" 2>&1 &
    backend=$!
    : >"$work/guest.log"
    for _ in $(seq 200); do [ -e "$endpoint" ] && [ -S "$endpoint.frames" ] && return 0; sleep 0.05; done
    cat "$work/backend.log"
    return 1
}

# shellcheck disable=SC2317 # called through check
end_service() {
    kill -TERM "$backend" && wait "$backend"
}

kill_guest() {
    kill -9 "$guest"
    wait "$guest" 2>/dev/null || true
    guest=''
}

# ---- Frames ----

# frames_over NAME LINK INTERRUPTS: cubes over a link, and whether they are right.
frames_over() {
    check "cubes over $1" tools/run-demo.sh SCENE=cubes FRAMES=12 WIDTH=320 HEIGHT=180 LINK="$2" INTERRUPTS="$3" \
        OUT="$work/out" FORMAT=rgba BUILD="$build"
    check "cubes over $1 equal direct drawing" same_frames cubes 1 5 12
}

frames_over "ivshmem-doorbell, interrupts by MSI-X" ivshmem-doorbell 1
frames_over "ivshmem-doorbell, polling" ivshmem-doorbell 0
frames_over "ivshmem-plain" ivshmem-plain 0

if [ -d /roots/qemu72 ]; then
    export PVGPU_QEMU=tests/support/qemu72.sh
    frames_over "ivshmem-doorbell in QEMU 7.2, interrupts by MSI-X" ivshmem-doorbell 1
    frames_over "ivshmem-plain in QEMU 7.2" ivshmem-plain 0
    unset PVGPU_QEMU
else
    skip "ivshmem in QEMU 7.2" "the root qemu72 could not be made"
fi

# ---- A renderer that dies, and a VM that starts again: ivshmem-doorbell ----

doorbell=$work/doorbell.sock
check "backend starts for ivshmem-doorbell" start_service --ivshmem-doorbell "$doorbell"
tools/boot-vm.sh LINK=ivshmem-doorbell ENDPOINT="$doorbell" BUILD="$build" REBOOT=1 \
    --probe ';' --link vfio --scene cubes --frames 120 --sync-interval 2 --width 320 --height 180 --recover 1 \
    --hold-seconds 3 >>"$work/guest.log" 2>&1 &
guest=$!
check "the guest draws" wait_for_line "$work/guest.log" 'cubes, frames 1 to 120' 90
sleep 0.5
kill -9 "$(renderer_of)"
check "the guest sees device lost" wait_for_line "$work/guest.log" 'device lost; register status' 20
check "after its reset it draws to the end" wait_for_line "$work/guest.log" 'frames=120' 60
newest_frame_is() { # endpoint, number
    rm -rf "$work/out"
    "$build/pvgpu-capture" --endpoint "$1.frames" --out "$work/out" --frames 1 --format rgba --wait 30 --quiet &&
        same_frames cubes "$2"
}
check "and its last frame is right" newest_frame_is "$doorbell" 120
: >"$work/guest.log"
check "the VM starts again, and its program draws after a reset" \
    wait_for_line "$work/guest.log" 'frames=120.*errors=0' 90
check "again its last frame is right" newest_frame_is "$doorbell" 120
check "the probe names the link" said 'link        ivshmem-doorbell'
check "the probe sees the heart beat" said 'host        there, its heartbeat moves'
check "the probe sees the way to interrupts" said 'interrupts  by vfio-pci'
kill_guest
check "the session ends with QEMU" session_gone
drawn_twice() {
    local presents
    presents=$(sed -n 's/.*Session ended: .* \([0-9]*\) presents.*/\1/p' "$work/backend.log")
    echo "presents: $presents"
    [ "$presents" -ge 240 ]
}
check "both times were drawn" drawn_twice
check "the service ends well" end_service
backend=''

# ---- A host that dies and comes back: ivshmem-plain ----

plain=$work/plain
check "backend starts for ivshmem-plain" start_service --ivshmem-plain "$plain"
tools/boot-vm.sh LINK=ivshmem-plain ENDPOINT="$plain" BUILD="$build" \
    --scene cubes --frames 150 --sync-interval 2 --width 320 --height 180 --recover 2 --hold-seconds 5 ';' \
    --probe ';' --scene triangle --frames 2 >"$work/guest.log" 2>&1 &
guest=$!
check "the guest draws" wait_for_line "$work/guest.log" 'cubes, frames 1 to 150' 90
sleep 0.5
kill -9 "$(renderer_of)"
check "renderer killed: the guest sees device lost" wait_for_line "$work/guest.log" 'device lost; register status' 20
sleep 1
session=$(pgrep -P "$backend" -x pvgpu-session || pgrep -P "$backend")
kill -9 "$backend"
wait "$backend" 2>/dev/null || true
session_ended() { for _ in $(seq 100); do kill -0 "$session" 2>/dev/null || return 0; sleep 0.05; done; return 1; }
check "backend killed: its session ends with it" session_ended
check "the guest sees that the host is gone" wait_for_line "$work/guest.log" 'the host is gone; waiting' 30
check "backend starts again" start_service --ivshmem-plain "$plain"
check "the guest sees it" wait_for_line "$work/guest.log" 'a host is there again' 30
check "and draws to the end" wait_for_line "$work/guest.log" 'frames=150' 60
check "and its last frame is right" newest_frame_is "$plain" 150
guest_ends() { wait "$guest"; }
check "the VM ends" guest_ends
guest=''
check "all programs in it ended well" said_times 'demo exited with 0' 3
check "the probe names the link" said 'link        ivshmem-plain'
check "the probe sees the heart beat" said 'host        there, its heartbeat moves'
check "the probe says why there are no interrupts" said 'vfio-pci: ivshmem-plain has no interrupts'
check "the service ends well" end_service
backend=''

# ---- Two links at once ----

check "backend starts for two links" start_service --vfio-user "$socket" --ivshmem-plain "$plain"
tools/boot-vm.sh LINK=vfio-user ENDPOINT="$socket" BUILD="$build" INTERRUPTS=0 --scene cubes --frames 60 --width 320 \
    --height 180 --hold-seconds 6 >"$work/guest.log" 2>&1 &
guest=$!
tools/boot-vm.sh LINK=ivshmem-plain ENDPOINT="$plain" BUILD="$build" --scene cubes --frames 50 --width 320 \
    --height 180 --hold-seconds 6 >"$work/guest2.log" 2>&1 &
guest2=$!
check "a VM draws over vfio-user" wait_for_line "$work/guest.log" 'frames=60.*errors=0' 90
check "another draws over ivshmem-plain" wait_for_line "$work/guest2.log" 'frames=50.*errors=0' 90
check "the frames of the first are right" newest_frame_is "$socket" 60
check "those of the second as well" newest_frame_is "$plain" 50
both_end() { wait "$guest" && wait "$guest2"; }
check "both VMs end" both_end
guest='' guest2=''
check "the service ends well" end_service
backend=''
