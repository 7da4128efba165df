#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The Windows programs: cross-built with mingw-w64, run under Wine (wined3d on llvmpipe). Portable unit tests, the
# scenes over a named pipe byte for byte against direct drawing, errors, ending.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/window-lib.sh"
build=build/windows
configure $build --cross-file boxes/mingw-w64.ini --werror
meson configure $build --werror
check "mingw-w64 build without warnings" ninja -C $build -j "$jobs"

work=$(mktemp -d /tmp/pvgpu-windows.XXXXXX)
display=''
export WINEPREFIX=$PWD/build/wine WINEDEBUG=-all XDG_RUNTIME_DIR=/tmp
cleanup() {
    wineserver -k 2>/dev/null || true
    [ -z "$display" ] || kill "$display" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
for number in $(seq 90 120); do
    [ -e "/tmp/.X11-unix/X$number" ] || break
done
Xvfb ":$number" -screen 0 1280x1024x24 >/dev/null 2>&1 &
display=$!
export DISPLAY=:$number
for _ in $(seq 100); do [ -e "/tmp/.X11-unix/X$number" ] && break; sleep 0.05; done
check "Wine starts" timeout 180 wine "$build/pvgpu-backend.exe" --version

run_test() { # program below the build's tests, arguments...
    local program=$1
    shift
    timeout 500 wine "$build/tests/$program.exe" "$@" >"$work/test.log" 2>&1 || true
    grep -v "^skipped:" "$work/test.log" || true
    tr -d '\r' <"$work/test.log" >"$work/counted.log"
    grep -q ' passed, ' "$work/counted.log" || echo "0 passed, 1 failed, 0 skipped" >>"$work/counted.log"
    count_log "$work/counted.log"
}

for test in durations histogram log-filter log-format log-sink os os-endpoint guest-scenes pacing object-table progress \
    config fan-out fit window-output texture-page texture-ring shared-texture channel channel-memory pending; do
    run_test "test-$test"
done
# What the service tells before it serves. JSON is parsed as UTF-8; \r\n is white space to it.
told() { # expected code, arguments...: standard output is in $work/told
    local expected=$1 code=0
    shift
    timeout 100 wine "$build/pvgpu-backend.exe" "$@" >"$work/told" 2>"$work/errors" || code=$?
    cat "$work/told" "$work/errors"
    [ "$code" -eq "$expected" ]
}
adapters_are_listed() {
    told 0 --list-adapters --json && python3 -c 'import json, sys
for adapter in json.load(open(sys.argv[1], encoding="utf-8")):
    assert adapter["name"] and adapter["usable"] and adapter["feature_level"] in ("11_0", "11_1", "12_0", "12_1")
    assert adapter["driver"].startswith("d3d11.dll, driver ")
assert adapter["index"] == 0 and adapter["chosen"]' "$work/told"
}
check "the adapter is listed and chosen" adapters_are_listed
no_such_adapter() { told 2 "$@" && grep -q 'this host has ' "$work/errors"; }
check "an adapter index out of range: code 2" no_such_adapter --adapter-index 77
check "an adapter name that is not there: code 2" no_such_adapter --adapter 'no such'
check "--check of a pipe" told 0 --check --pipe-path '\\.\pipe\pvgpu-check-'$$
check "--check of what is no pipe" told 1 --check --pipe-path 'C:\pvgpu'

# What the tools are made of.
for test in capture-stream capture-yuv frame-pixels view-fit; do
    run_test "test-$test"
done
# What a hostile guest can do, on the null renderer and on Wine's Direct3D 11.
run_test hostile/test-lies
run_test hostile/test-lies --d3d11
run_test hostile/test-resets

# The exactness suite on Wine's Direct3D 11, as tests/suites/exact.sh runs it on DXVK.
folder="Z:${work//\//\\}"
{ timeout 500 wine "$build/tests/exact/exact-direct.exe" --host wine --out "$folder\\direct" 2>&1 || true; } | tr -d '\r'
{ timeout 500 wine "$build/tests/exact/exact-guest.exe" --skips "$folder\\direct" --out "$folder\\guest" 2>&1 || true; } |
    tr -d '\r' >"$work/guest.log"
cat "$work/guest.log"
tests/exact/compare.py "$work/direct" "$work/guest" >"$work/compare.log" || true
grep -v '^skipped:' "$work/compare.log" || failed=$((failed + 1))
count_log "$work/compare.log"
check "the host refused nothing" grep -qx 'guest: 0 host refusals' "$work/guest.log"

pipe='\\.\pipe\pvgpu-test-'$$
out="Z:${work//\//\\}"
start_backend() {
    wine "$build/pvgpu-backend.exe" --pipe-path "$pipe" "$@" >"$work/backend.log" 2>&1 &
    for _ in $(seq 600); do grep -q 'Listening for' "$work/backend.log" && return 0; sleep 0.1; done
    cat "$work/backend.log"
    return 1
}

scene_is_exact() { # scene
    local scene=$1 frame capture code=0
    rm -f "$work"/*.rgba
    timeout 150 wine "$build/pvgpu-capture.exe" --endpoint "$pipe.frames" --out "$out" --numbers 40,50,60 --format rgba \
        --wait 100 --quiet >"$work/capture.log" 2>&1 &
    capture=$!
    timeout 150 wine "$build/pvgpu-demo.exe" --scene "$scene" --frames 60 --sync-interval 1 --width 333 --height 217 \
        --link pipe --pipe-path "$pipe" || code=1
    wait $capture || code=1
    cat "$work/capture.log"
    timeout 150 wine "$build/pvgpu-direct.exe" --scene "$scene" --width 333 --height 217 --frame 40,50,60 \
        --out "$out\\direct-%d.rgba" || code=1
    for frame in 40 50 60; do
        cmp "$work/direct-$frame.rgba" "$work/frame-0000$frame.rgba" || code=1
    done
    return $code
}

check "the backend listens on a named pipe" start_backend
for scene in clear triangle cubes; do
    check "$scene over a named pipe equals direct drawing" scene_is_exact $scene
done
two_at_once() {
    local number pids=() pid code=0
    for number in 1 2; do
        timeout 150 wine "$build/pvgpu-demo.exe" --scene cubes --frames 40 --sync-interval 1 --width 64 --height 64 \
            --shmem-size 64M --link pipe --pipe-path "$pipe" >"$work/two$number.log" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || code=1; done
    cat "$work/two1.log" "$work/two2.log"
    return $code
}
check "two VMs at once on one pipe" two_at_once

# Who looks at frames: a window with every pixel of them, and a film.
export PYTHONDONTWRITEBYTECODE=1
start_watched() { # a VM that keeps its last frame, and a window that shows it
    wine "$build/pvgpu-view.exe" --endpoint "$pipe.frames" >"$work/view.log" 2>&1 &
    view=$!
    timeout 700 wine "$build/pvgpu-demo.exe" --scene cubes --frames 40 --sync-interval 1 --width 333 --height 217 \
        --hold-seconds 600 --link pipe --pipe-path "$pipe" >"$work/demo.log" 2>&1 &
    watched=$!
    timeout 150 wine "$build/pvgpu-capture.exe" --endpoint "$pipe.frames" --out "$out" --numbers 40 --wait 100 --quiet
}
on_screen() { # waits for the frame: up to 20 s
    local end=$((SECONDS + 20))
    while [ $SECONDS -lt $end ]; do
        xwd -root -silent -out "$work/screen.xwd" &&
            python3 tests/support/find_picture.py "$work/screen.xwd" "$work/frame-000040.png" && return 0
        sleep 0.2
    done 2>"$work/last-try"
    cat "$work/last-try"
    return 1
}
viewer_key() {
    xdotool search --name '^pvgpu-view' windowfocus --sync key "$1" 2>/dev/null || true
    xdotool keyup "$1" # who ends at it leaves it held down, and it repeats into the next window
}
fills_screen() { xdotool search --name '^pvgpu-view' getwindowgeometry | grep -q 'Geometry: 1280x1024'; }
windowed_again() { ! fills_screen; }
has_ended() { ! kill -0 "$view" 2>/dev/null; }
film_is_exact() {
    timeout 60 wine "$build/pvgpu-capture.exe" --endpoint "$pipe.frames" --format y4m --frames 1 --output - --quiet \
        >"$work/film.y4m" && python3 tests/support/check_film.py "$work/film.y4m" 1 60:1 C420mpeg2 "$work/frame-000040.png"
}
reader_leaves() {
    timeout 60 wine "$build/pvgpu-capture.exe" --endpoint "$pipe.frames" --format raw --constant --fps 500 --output - \
        2>"$work/told" | head -c 300000 >/dev/null || return 1
    grep -F 'the reader of standard output has closed it' "$work/told"
}
view_ends() {
    local code=0
    again_until "viewer_key Escape" has_ended || kill -9 "$view"
    wait "$view" || code=$?
    kill "$watched" 2>/dev/null || true
    cat "$work/view.log"
    [ "$code" -eq 0 ]
}
check "a window waits for a VM that draws" start_watched
check "it shows its frame, every pixel" on_screen
check "a film on standard output is that frame" film_is_exact
check "a reader that has enough ends a stream" reader_leaves
check "F11: full screen" again_until "viewer_key F11" fills_screen
check "Alt+Enter: back" again_until "viewer_key alt+Return" windowed_again
check "every pixel" on_screen
check "Esc: ends with 0" view_ends

# Many VMs, one after the other, leave the service as it was.
of_service() { timeout 60 wine "$build/pvgpu-ctl.exe" service --json | figures "$@"; }
usage() {
    local process bytes
    read -r process bytes < <(of_service process resident_bytes)
    echo "$(wine "$build/tests/handle-count.exe" "$process" | tr -d '\r') $((bytes >> 10))"
}
connect() { timeout 500 wine "$build/tests/connects.exe" "$pipe" "$1"; }
nobody_is_left() {
    local end=$((SECONDS + 60))
    while [ $SECONDS -lt $end ]; do [ "$(of_service vms)" = 0 ] && return 0; done
    return 1
}
check "handles and memory stay as they are" stays_flat 3 "${CONNECTS_WINE:-5}"

. "$(dirname "$0")/windows-window.sh"

second_named() {
    local code=0
    timeout 60 wine "$build/pvgpu-backend.exe" --pipe-path "$pipe" >"$work/second.log" 2>&1 || code=$?
    cat "$work/second.log"
    [ "$code" -eq 3 ]
}
check "a second service on the same pipe is refused" second_named
check "no error was reported and nothing refused by the host" sh -c \
    "grep 'Session ended' '$work/backend.log' | grep -vq ' 0 errors, 0 refused' && exit 1 || grep -q 'Session ended' '$work/backend.log'"
skip "ID3D11Fence with an event on Windows" "Wine has no ID3D11Fence; needs real Windows (README, what was tested where)"
finish
