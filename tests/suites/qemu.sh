#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Virtual machines in QEMU with the pvgpu device, each program that is named: frames equal to direct drawing with every
# kind of interrupt, what the device answers to wrong settings, and who may die, be reset or come late. Not part of
# "make test", since QEMU has to be built first: "make qemu-device" does that and runs this.
#
#   tests/suites/qemu.sh QEMU-PROGRAM...       with a /dev/shm of its own: ./box --private-shm tests/suites/qemu.sh ...
# shellcheck disable=SC2317,SC2329 # functions called through check
. "$(dirname "$0")/lib.sh"
build=build/linux
[ $# -gt 0 ] || { echo "qemu: name the QEMU programs to test" >&2; exit 2; }
work=$(mktemp -d /tmp/pvgpu-qemu.XXXXXX)
backend='' guest='' capture=''
cleanup() {
    local process
    for process in $guest $capture $backend; do kill -9 "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT
socket=$work/vm.sock monitor=$work/monitor

# ---- What the tests are made of ----

qmp() { tests/support/qmp.py "$monitor" "$@"; }

same_frames() { # frames...
    local frame
    "$build/pvgpu-direct" --scene cubes --width 320 --height 180 --frame "$(IFS=,; echo "$*")" \
        --out "$work/direct-%d.rgba" || return 1
    for frame in "$@"; do
        cmp "$work/direct-$frame.rgba" "$work/out/frame-$(printf %06d "$frame").rgba" || return 1
    done
}

start_backend() {
    "$build/pvgpu-backend" --pipe-path "$socket" --shader-cache none --log-level info >>"$work/backend.log" 2>&1 &
    backend=$!
    for _ in $(seq 200); do [ -S "$socket.frames" ] && return 0; sleep 0.05; done
    cat "$work/backend.log"
    return 1
}

end_backend() {
    kill -TERM "$backend" && wait "$backend"
    backend=''
    rm -f "$work/backend.log"
}

kill_backend() {
    kill -9 "$backend"
    wait "$backend" 2>/dev/null || true
    backend=''
}

wait_for_line() { # file, pattern, seconds
    local tries=$(($3 * 20))
    until grep -qa "$2" "$1" 2>/dev/null; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { tail -n 20 "$1"; return 1; }
        sleep 0.05
    done
}

# boot PATTERN SETTING... [DEMO-OPTION...]: a VM in the background, until its console shows the pattern. Under TCG on a
# busy machine the guest's kernel sometimes dies before any program of ours runs: then another one is booted.
boot() {
    local pattern=$1 attempt tries
    shift
    for attempt in 1 2 3; do
        rm -f "$monitor"
        : >"$work/guest.log"
        PVGPU_QEMU_OPTIONS="-qmp unix:$monitor,server=on,wait=off ${more_options:-}" \
            timeout 300 tools/boot-vm.sh LINK=pipe ENDPOINT="$socket" BUILD=$build "$@" >"$work/guest.log" 2>&1 &
        guest=$!
        for ((tries = 0; tries < 1800; tries++)); do
            ! grep -qa "$pattern" "$work/guest.log" || return 0
            kill -0 "$guest" 2>/dev/null || break
            sleep 0.05
        done
        kill -9 "$(qemu_of "$guest")" 2>/dev/null || true
        wait "$guest" 2>/dev/null || true
        guest=''
        grep -a 'pvgpu-' "$work/guest.log" && break # a program of ours did run
        printf 'the guest did not come up (attempt %d): %s\n' "$attempt" "$(tail -n 1 "$work/guest.log")"
    done
    tail -n 30 "$work/guest.log"
    return 1
}

# "timeout" stands between.
qemu_of() { pgrep -P "$1" | head -n 1; }

guest_played() {
    local code=0
    wait "$guest" || code=$?
    guest=''
    tr -d '\r' <"$work/guest.log" | grep -qa 'demo exited with 0' || { tail -n 20 "$work/guest.log"; return 1; }
    return $code
}

end_guest() {
    kill -TERM "$(qemu_of "$guest")"
    wait "$guest" 2>/dev/null || true
    guest=''
}

start_capture() { # frame count, numbers
    rm -rf "$work/out"
    "$build/pvgpu-capture" --endpoint "$socket.frames" --out "$work/out" --frames "$1" --all --numbers "$2" --format rgba \
        --wait 60 --quiet >"$work/capture.log" 2>&1 &
    capture=$!
}

captured() {
    local code=0
    wait "$capture" || code=$?
    capture=''
    cat "$work/capture.log"
    return $code
}

names() { find /dev/shm -name 'pvgpu_shmem_*'; }

no_name_left() {
    for _ in $(seq 100); do
        [ -n "$(names)" ] || return 0
        sleep 0.05
    done
    names
    return 1
}

is_private() { # every name can be opened by this user alone
    [ "$(find /dev/shm -name 'pvgpu_shmem_*' -perm 600 | wc -l)" -eq "$(names | wc -l)" ] && [ -n "$(names)" ]
}

is_between() { # property, low, high
    local value
    value=$(qmp get "$1")
    echo "$1=$value"
    [ "$value" -ge "$2" ] && [ "$value" -le "$3" ]
}

# ---- Frames ----

# frames_with NAME INTERRUPTS PROPERTIES PATTERN: cubes, how they were signalled, and whether they are right.
frames_with() {
    local attempt
    draws() {
        for attempt in 1 2 3; do
            PVGPU_DEVICE_OPTIONS=$3 tools/run-demo.sh SCENE=cubes FRAMES=12 WIDTH=320 HEIGHT=180 LINK=pipe INTERRUPTS="$2" \
                OUT="$work/out" FORMAT=rgba BUILD="$build" >"$work/run.log" 2>&1 && break
            # Nothing from a program of ours: the guest's kernel did not come up.
            if grep -q 'pvgpu-demo:' "$work/run.log" || [ "$attempt" = 3 ]; then
                cat "$work/run.log"
                return 1
            fi
        done
        grep -E 'booting|signals' "$work/run.log"
    }
    check "cubes, $1" draws "$@"
    signals_fit() { grep -Eq "$1" "$work/run.log"; }
    check "interrupts arrive as they should, $1" signals_fit "$4"
    check "cubes equal direct drawing, $1" same_frames 1 5 12
}

test_frames() {
    frames_with "interrupts by MSI-X" 1 '' '(0\.[5-9]|1\.)[0-9]* interrupts'
    frames_with "interrupts by the line" intx ,msix=off '(0\.[5-9]|1\.)[0-9]* interrupts'
    frames_with "polling" 0 ,shmem_size=64M ' 0\.00 interrupts'
}

# ---- Settings ----

# refuses WORDS OPTION...: QEMU does not start, and says why.
refuses() {
    local words=$1 code=0
    shift
    timeout 60 "$PVGPU_QEMU" -L /usr/share/qemu -L /usr/share/seabios -M q35 -nodefaults -display none -S "$@" \
        >"$work/refused" 2>&1 || code=$?
    cat "$work/refused"
    [ $code -eq 1 ] && grep -q "$words" "$work/refused" && [ -z "$(names)" ]
}

test_settings() {
    local file=memory-backend-file,id=m,size=64M
    check "a size that is no power of two is refused" refuses 'a power of two from 64M to 2G' -device pvgpu,shmem_size=100M
    check "a size below 64M is refused" refuses 'a power of two from 64M to 2G' -device pvgpu,shmem_size=32M
    check "a size above 2G is refused" refuses 'a power of two from 64M to 2G' -device pvgpu,shmem_size=4G
    check "an endpoint that cannot be one is refused" refuses 'backend_pipe' \
        -device "pvgpu,backend_pipe=/tmp/$(printf 'x%.0s' $(seq 120))"
    check "memory without a name is refused" refuses 'memory-backend-file in /dev/shm' \
        -object memory-backend-memfd,id=m,size=64M,share=on -device pvgpu,memdev=m
    check "memory with another name is refused" refuses 'opens the memory by a name' \
        -object $file,share=on,mem-path="$work/file" -device pvgpu,memdev=m
    check "memory of another size is refused" refuses 'shmem_size is 134217728' \
        -object $file,share=on,mem-path="$work/file" -device pvgpu,memdev=m,shmem_size=128M
    check "memory that is not shared is refused" refuses 'share=on' \
        -object $file,mem-path="$work/file" -device pvgpu,memdev=m
}

# ---- One VM, looked at while it draws ----

looks_right() {
    qmp run query-pci | python3 -c '
import json, sys
for bus in json.load(sys.stdin):
    for device in bus["devices"]:
        if device["qdev_id"] == "pvgpu":
            found = device
regions = {region["bar"]: region for region in found["regions"]}
print(found["class_info"], found["id"], regions)
assert found["class_info"]["class"] == 0x302
assert found["id"] == {"vendor": 0x1AF4, "device": 0x10F0, "subsystem": 1, "subsystem-vendor": 0x1AF4}
assert regions[0]["size"] == 4096 and regions[1]["size"] == 4096
assert regions[2]["size"] == 256 << 20 and regions[2]["prefetch"] and regions[2]["mem_type_64"]
'
}

cannot_migrate() {
    if qmp run migrate '{"uri": "exec:cat >/dev/null"}' 2>"$work/refused"; then
        return 1
    fi
    cat "$work/refused"
    grep -q 'pvgpu' "$work/refused"
}

doorbell_cost() {
    tr -d '\r' <"$work/guest.log" | grep -aE 'median_ns=[0-9]+'
    tr -d '\r' <"$work/guest.log" | grep -qa 'pvgpu-demo: doorbell median_ns=[0-9]* .*count=4000'
}

test_doorbells() {
    check "backend starts" start_backend
    check "a guest rings the doorbell 4000 times" boot 'clock median_ns=' INTERRUPTS=0 --measure-doorbell 4000 \
        ';' --scene clear --frames 1 --width 64 --height 64 --hold-seconds 60
    check "what a doorbell costs" doorbell_cost
    check "the device has the right ids and regions" looks_right
    check "its memory can be opened by this user alone" is_private
    check "the device counts every doorbell" is_between doorbells 4100 4200
    check "it sends some of them" is_between doorbells-sent 1 4200
    check "it is connected, once" is_between connections 1 1
    check "migration is refused" cannot_migrate
    end_guest
    check "a QEMU that is told to end leaves no name" no_name_left
    check "the service ends well" end_backend
}

# ---- Who dies in mid-frame ----

# draw PATTERN SETTING... : a VM that draws 240 frames and gets over two losses.
draw() {
    boot 'cubes, frames 1 to 240' "$@" --scene cubes --frames 240 --sync-interval 2 --width 320 --height 180 --recover 2
}

renderer_of() { pgrep -P "$(pgrep -P "$backend" -x pvgpu-session || pgrep -P "$backend")" | head -n 1; }

kill_renderer() {
    local renderer
    renderer=$(renderer_of)
    [ -n "$renderer" ] && kill -9 "$renderer"
}

test_renderer_dies() {
    check "backend starts" start_backend
    check "the guest draws" draw
    sleep 0.7
    check "its renderer is killed" kill_renderer
    check "the guest sees device lost" wait_for_line "$work/guest.log" 'device lost' 60
    check "and resets by the register" qmp wait resets 1
    start_capture 240 60,120,240
    check "after its reset the guest draws to the end" guest_played
    check "its frames are captured again" captured
    check "and are right" same_frames 60 120 240
    check "the service ends well" end_backend
}

test_backend_dies() {
    check "backend starts" start_backend
    check "the guest draws" draw
    sleep 0.7
    pgrep -P "$backend" >"$work/sessions"
    kill_backend
    check "the device knows that its host is gone" qmp wait connected false
    check "the guest knows it" wait_for_line "$work/guest.log" 'the host is gone\|device lost' 60
    check "QEMU says so" wait_for_line "$work/guest.log" 'the connection to .* has ended' 20
    check "another backend starts" start_backend
    check "the device connects again" qmp wait connected true
    check "it has connected twice" is_between connections 2 2
    start_capture 240 60,120,240
    check "the guest resets and draws to the end" guest_played
    check "its frames are captured" captured
    check "and are right" same_frames 60 120 240
    check "no name is left" no_name_left
    check "the service ends well" end_backend
}

# The service takes its leave and comes again.
test_backend_restarts() {
    check "backend starts" start_backend
    check "the guest draws" draw INTERRUPTS=0
    sleep 0.7
    check "the service ends well" end_backend
    check "the device knows that its host is gone" qmp wait connected false
    check "another backend starts" start_backend
    check "the device connects again" qmp wait connected true
    start_capture 240 60,120,240
    check "the guest resets and draws to the end" guest_played
    check "its frames are captured" captured
    check "and are right" same_frames 60 120 240
    check "the service ends well" end_backend
}

test_backend_is_late() {
    check "the guest waits without a host" boot 'no connection to' --scene cubes --frames 12 --width 320 --height 180
    check "the device is not connected" qmp wait connected false
    check "backend starts" start_backend
    start_capture 12 1,5,12
    check "the guest draws to the end" guest_played
    check "its frames are captured" captured
    check "and are right" same_frames 1 5 12
    check "the service ends well" end_backend
}

# The machine starts again while a frame is drawn: its next program finds everything as it was at first.
test_machine_is_reset() {
    check "backend starts" start_backend
    check "the guest draws" draw REBOOT=1
    sleep 0.7
    local before
    before=$(qmp get resets)
    check "the machine is reset in mid-frame" qmp run system_reset
    start_capture 240 60,120,240
    counted() {
        for _ in $(seq 100); do [ "$(qmp get resets)" -gt "$before" ] && return 0; sleep 0.05; done
        return 1
    }
    check "the device counts it" counted
    second_start() {
        for _ in $(seq 1800); do
            [ "$(grep -ca 'cubes, frames 1 to 240' "$work/guest.log")" -lt 2 ] || return 0
            sleep 0.05
        done
        tail -n 20 "$work/guest.log"
        return 1
    }
    check "the guest draws again" second_start
    check "to the end" wait_for_line "$work/guest.log" 'demo exited with 0' 120
    check "its frames are captured" captured
    check "and are right" same_frames 60 120 240
    check "without an error" wait_for_line "$work/guest.log" 'frames=240 .*errors=0' 1
    end_guest
    check "no name is left" no_name_left
    check "the service ends well" end_backend
}

test_qemu_dies() {
    check "backend starts" start_backend
    check "the guest draws" draw
    sleep 0.5
    check "there is a name" is_private
    kill -9 "$(qemu_of "$guest")"
    wait "$guest" 2>/dev/null || true
    guest=''
    check "QEMU was killed: no name is left" no_name_left
    session_gone() {
        for _ in $(seq 100); do
            [ -n "$(pgrep -P "$backend")" ] || return 0
            sleep 0.05
        done
        return 1
    }
    check "its session and renderer are gone" session_gone
    check "the service ends well" end_backend
}

# A host that takes the connection and hangs up.
test_handshake_is_refused() {
    local listener
    python3 -c '
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(1)
while True:
    listener.accept()[0].close()
' "$socket" &
    listener=$!
    for _ in $(seq 100); do [ -S "$socket" ] && break; sleep 0.05; done
    check "a machine starts whose host refuses it" boot 'refuse[sd] the' INTERRUPTS=0 --probe
    check "the device is not connected" qmp wait connected false
    end_guest
    kill "$listener"
    wait "$listener" 2>/dev/null || true
    rm -f "$socket"
    check "no name is left" no_name_left
}

# ---- Coming and going while the machine runs ----

test_hot_plug() {
    local plugged=/machine/peripheral/second
    check "backend starts" start_backend
    more_options='-device pcie-root-port,id=slot1,chassis=1'
    check "the guest draws, and stays" boot 'cubes, frames 1 to 12' INTERRUPTS=0 --scene cubes --frames 12 --width 320 \
        --height 180 --hold-seconds 200
    more_options=''
    for round in 1 2 3; do
        check "a second device comes ($round)" qmp run device_add \
            "{\"driver\": \"pvgpu\", \"id\": \"second\", \"bus\": \"slot1\", \"shmem_size\": 67108864, \"backend_pipe\": \"$socket\"}"
        check "it connects" qmp wait connected true $plugged
        two_names() { [ "$(names | wc -l)" -eq 2 ]; }
        check "it has a name of its own" two_names
        sleep 6 # the guest's hot-plug driver takes its time to power a slot
        check "it goes" qmp unplug second
        one_name() {
            for _ in $(seq 100); do [ "$(names | wc -l)" -eq 1 ] && return 0; sleep 0.05; done
            names
            return 1
        }
        check "its name goes with it" one_name
    done
    check "the first is still connected" qmp wait connected true
    end_guest
    check "the service ends well" end_backend
}

test_memory_of_the_user() {
    check "backend starts" start_backend
    more_options="-object memory-backend-file,id=m,share=on,size=128M,mem-path=/dev/shm/pvgpu_shmem_mine"
    start_capture 12 1,5,12
    PVGPU_DEVICE_OPTIONS=,memdev=m check "the guest draws in memory of the user's" boot 'cubes, frames 1 to 12' \
        --scene cubes --frames 12 --width 320 --height 180
    more_options=''
    check "to the end" guest_played
    check "its frames are captured" captured
    check "and are right" same_frames 1 5 12
    check "the user's file is still there" test -f /dev/shm/pvgpu_shmem_mine
    rm -f /dev/shm/pvgpu_shmem_mine
    check "the service ends well" end_backend
}

# ---- All of it, for each program ----

for program in "$@"; do
    export PVGPU_QEMU=$program
    echo "== $("$program" --version | head -n 1)"
    for test in ${TESTS:-settings frames doorbells renderer_dies backend_dies backend_restarts backend_is_late \
        machine_is_reset qemu_dies handshake_is_refused hot_plug memory_of_the_user}; do
        echo "-- $test"
        "test_$test"
    done
done
finish
