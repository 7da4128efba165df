#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Frames in a window: pixels against direct drawing, behaviour of the window, both outputs at once, displays that are
# missing or go. On an X server of the suite's own, with a window manager and without. RESIZES=N: how many sizes at random
# (default 100); PICTURES=FOLDER: a picture of the screen goes there, for the documentation.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/window-lib.sh"
build=build/linux
RESIZES=${RESIZES:-100}
ninja -C "$build" -j "$jobs" >/dev/null
work=$(mktemp -d /tmp/pvgpu-window.XXXXXX)
socket=$work/vm.sock
mkdir "$work/cache"
export XDG_RUNTIME_DIR=$work
unset WAYLAND_DISPLAY SDL_VIDEODRIVER SDL_VIDEO_DRIVER
backend='' demo='' server=''
cleanup() {
    local process
    for process in $demo $backend $manager $server; do
        kill -9 "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT

start_server() {
    local number
    for number in $(seq 130 160); do
        [ -e "/tmp/.X11-unix/X$number" ] || break
    done
    # Without -noreset it starts anew whenever its last client goes, and whoever comes then is turned away.
    Xvfb ":$number" -noreset -screen 0 1600x1200x24 >/dev/null 2>&1 &
    server=$!
    export DISPLAY=:$number
    until_true xdpyinfo >/dev/null
}

start_backend() {
    "$build/pvgpu-backend" --pipe-path "$socket" --shader-cache "$work/cache" --log-level debug "$@" >"$work/log" 2>&1 &
    backend=$! vm=0
    until_true test -S "$socket"
}

stop_backend() {
    local code=0
    kill -TERM "$backend"
    wait "$backend" || code=$?
    backend=''
    [ "$code" -eq 0 ] || { echo "exit code $code"; cat "$work/log"; }
    return $code
}

logged() { grep -qF -e "$1" "$work/log"; }

# Plays in the background and holds the last frame. FOREVER: there is none.
FOREVER=10000000
play() {
    : >"$work/demo" # what the last one said must not be taken for this one's
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --hold-seconds 1000 "$@" >"$work/demo" 2>&1 &
    demo=$! vm=$((vm + 1))
}
played() { until_true grep 'frames=' "$work/demo"; }
end_play() {
    kill -9 "$demo" 2>/dev/null || true
    wait "$demo" 2>/dev/null || true
    demo=''
    until_true logged "vm$vm disconnected" && logged "[vm$vm] Session ended"
}
presented() { grep -c "\[vm$vm\] Frame presented" "$work/log" || true; }
has_presented() { [ "$(presented)" -ge "$1" ]; }
goes_on() { until_true has_presented $(($(presented) + 60)); }

direct() { # scene, width, height, frame
    "$build/pvgpu-direct" --scene "$1" --width "$2" --height "$3" --frame "$4" --out "$work/direct-%d.rgba"
}

one_line_and_code() { # expected code, expected text, command...
    local expected=$1 text=$2 code=0
    shift 2
    timeout 60 "$@" >"$work/out" 2>&1 || code=$?
    cat "$work/out"
    [ "$code" -eq "$expected" ] && [ "$(grep -c ERROR "$work/out")" -le 1 ] &&
        [ "$(tail -n 1 "$work/out" | grep -cF -e "$text")" -eq 1 ]
}

# ---- No display ----
check "no display: exit code 5, what is missing" one_line_and_code 5 'neither DISPLAY nor WAYLAND_DISPLAY is set' \
    env -u DISPLAY "$build/pvgpu-backend" --pipe-path "$socket" --presentation-mode windowed
check "a display that is not there: exit code 5" one_line_and_code 5 'DISPLAY=:9999 cannot be opened' \
    env DISPLAY=:9999 "$build/pvgpu-backend" --pipe-path "$socket" --presentation-mode dual
check "the null renderer has no window" one_line_and_code 2 'the null renderer draws nothing' \
    "$build/pvgpu-backend" --pipe-path "$socket" --presentation-mode windowed --renderer null
check "a single process has no window" one_line_and_code 2 'headless with single_process' \
    "$build/pvgpu-backend" --pipe-path "$socket" --presentation-mode windowed --single-process

# ---- With a window manager ----
check "an X server starts" start_server
check "a window manager starts" start_manager
direct cubes 640 360 3

check "starts windowed" start_backend --presentation-mode windowed --width 640 --height 360
check "there is no frame endpoint" test ! -e "$socket.frames"
play --scene cubes --frames 3 --sync-interval 1
check "a window appears" until_true find_window
check "the scene is played" played
check "1:1" shows_at 640 360 direct-3.rgba 640 360
check "2:1 is sharp" resized_shows 1280 720 direct-3.rgba 640 360
check "1.5:1, bars above and below" resized_shows 960 601 direct-3.rgba 640 360
check "1.5:1, bars at the sides" resized_shows 1001 540 direct-3.rgba 640 360
check "smaller than the picture" resized_shows 321 300 direct-3.rgba 640 360
check "7:10" resized_shows 448 252 direct-3.rgba 640 360
picture windowed-linux.png
check "back to 1:1" resized_shows 640 360 direct-3.rgba 640 360
check "the title tells name, size and frames per second" until_true title_is '^vm1 - 640 x 360 - 0 frames/s$'

maximised() { again_until toggle_maximised is_wider_than 1500 && until_true shows direct-3.rgba 640 360; }
restored() { again_until toggle_maximised size_is 640 360 && shows_at 640 360 direct-3.rgba 640 360; }
check "maximised" maximised
check "and back" restored
full_screen() { again_until "press $1" size_is 1600 1200 && shows_at 1600 1200 direct-3.rgba 640 360; }
no_full_screen() { again_until "press $1" size_is 640 360 && shows_at 640 360 direct-3.rgba 640 360; }
check "full screen by F11" full_screen F11
check "and back" no_full_screen F11
check "full screen by Alt+Enter" full_screen alt+Return
check "and back" no_full_screen alt+Return
hidden_and_shown() {
    xdotool windowminimize "$window" && until_true closed && xdotool windowactivate --sync "$window" &&
        shows_at 640 360 direct-3.rgba 640 360
}
check "minimised and back" hidden_and_shown
end_play
nothing_amiss() { grep "\[vm$vm\] Session ended" "$work/log" | grep -F ' 0 frames published, 0 dropped, 0 errors, 0 refused by the host'; }
check "no frame was read back, nothing refused" nothing_amiss

play --scene triangle --frames $FOREVER --sync-interval 1
check "the next VM has a window" until_true find_window
check "the title counts frames" until_true title_is '^vm2 - 640 x 360 - [1-9][0-9]* frames/s$'
closed_hides() { again_until "press alt+F4" closed; }
check "closing hides it" closed_hides
check "and the VM goes on" goes_on
end_play
check "ends" stop_backend

# ---- What a guest binds once is the same in every mode ----
frames='2 3 60'
captured() { # frames equal the direct ones
    local frame
    for frame in $frames; do
        cmp "$work/direct-$frame.rgba" "$work/shots/frame-0000$(printf %02d "$frame").rgba" || return 1
    done
}
for frame in $frames; do direct triangle 333 217 "$frame"; done
# Attaches, takes one frame, detaches, and so on, until the guest has played.
come_and_go() {
    local coming=0
    until grep -q 'frames=' "$work/demo"; do
        "$build/pvgpu-capture" --endpoint "$socket.frames" --frames 1 --format rgba --out "$work/shots" --quiet || return 1
        coming=$((coming + 1))
    done
    echo "attached $coming times"
    [ $coming -ge 3 ]
}
taken_frames_are_right() {
    local file frame
    for file in "$work"/shots/frame-*.rgba; do
        [ -f "$file" ] || return 1
        frame=$((10#$(basename "$file" .rgba | tr -dc 0-9)))
        [ -f "$work/direct-$frame.rgba" ] || direct triangle 333 217 "$frame" || return 1
        cmp "$work/direct-$frame.rgba" "$file" || return 1
    done
}
for mode in headless dual; do
    rm -rf "$work/shots"
    check "starts $mode" start_backend --presentation-mode $mode --width 333 --height 217
    "$build/pvgpu-capture" --endpoint "$socket.frames" --numbers "$(echo "$frames" | tr ' ' ',')" --format rgba \
        --out "$work/shots" --wait 30 --quiet &
    capture=$!
    until_true logged 'Listening'
    play --scene bound --frames 60 --sync-interval 1 --width 333 --height 217
    check "$mode: a consumer gets every frame" wait $capture
    check "$mode: bound once, frames equal direct drawing" captured
    if [ $mode = dual ]; then
        check "dual: a window as well" until_true find_window
        check "dual: the window shows the last frame" shows_at 333 217 direct-60.rgba 333 217
        late() {
            rm -rf "$work/shots"
            "$build/pvgpu-capture" --endpoint "$socket.frames" --frames 1 --format rgba --out "$work/shots" --quiet &&
                cmp "$work/direct-60.rgba" "$work/shots/frame-000060.rgba"
        }
        check "dual: who comes late gets the last frame" late
    fi
    end_play
    rm -rf "$work/shots"
    play --scene bound --frames 60 --sync-interval 4 --width 333 --height 217
    check "$mode: consumers come and go with the frames" come_and_go
    check "$mode: what they got equals direct drawing" taken_frames_are_right
    end_play
    check "$mode: ends" stop_backend
done
check "starts windowed" start_backend --presentation-mode windowed --width 333 --height 217 --window-close disconnect
play --scene bound --frames 60 --sync-interval 1 --width 333 --height 217
check "windowed: a window" until_true find_window
check "windowed: bound once, the last frame equals direct drawing" shows_at 333 217 direct-60.rgba 333 217
closed_disconnects() { again_until "press alt+F4" logged 'vm1 disconnected'; }
check "closing disconnects the VM when asked for" closed_disconnects
check "the session says why" logged 'The window was closed: the VM is disconnected'
end_play
check "ends" stop_backend

# ---- Three VMs at once, each its own way ----
cat >"$work/three.toml" <<'EOF'
presentation_mode = "windowed"
width = 600
height = 400
[[vm]]
name = "wide"
[[vm]]
name = "tall"
presentation_mode = "dual"
vsync = false
buffer_count = 3
[[vm]]
name = "small"
window_close = "disconnect"
width = 320
height = 200
EOF
start_three() {
    "$build/pvgpu-backend" --config "$work/three.toml" --shader-cache "$work/cache" --log-level debug >"$work/log" 2>&1 &
    backend=$!
    until_true logged 'Listening for QEMU'"'"'s pvgpu device of small'
}
play_at() { # name of the VM, width, height
    "$build/pvgpu-demo" --link pipe --pipe-path "$work/pvgpu/$1.sock" --hold-seconds 1000 --scene triangle --frames 60 \
        --sync-interval 1 --width "$2" --height "$3" >"$work/demo-$1" 2>&1 &
    demo="$demo $!"
}
# Beside each other: what covers a window is in its picture.
put() { # name of the VM, x, y, width, height of its window
    until_true find_named "$1" && xdotool windowmove "$window" "$2" "$3" windowsize "$window" "$4" "$5"
}
arranged() { put wide 50 50 500 200 && put tall 800 100 400 800 && put small 50 500 480 333; }
named_shows() { # name of the VM, width, height of its frames, width and height of the window
    direct triangle "$2" "$3" 60
    until_true find_named "$1" && resized_shows "$4" "$5" direct-60.rgba "$2" "$3"
}
check "starts with three tables" start_three
play_at wide 500 200
play_at tall 200 400
play_at small 320 200
for name in wide tall small; do
    check "$name has played" until_true grep 'frames=60 .*errors=0' "$work/demo-$name"
done
check "three windows beside each other" arranged
check "wide: its own frame at 1:1" named_shows wide 500 200 500 200
check "tall: its own frame at 2:1" named_shows tall 200 400 400 800
check "small: its own frame with bars" named_shows small 320 200 480 333
small_disconnects() { again_until "press alt+F4" logged 'small disconnected'; }
check "closing the window of small disconnects small" small_disconnects
check "and no other" sh -c "! grep -E '(wide|tall) disconnected' '$work/log'"
for process in $demo; do kill -9 "$process" 2>/dev/null || true; done
demo=''
check "ends" stop_backend

# ---- Without a window manager, on a server of its own ----
stop_manager
kill "$server" || true; wait "$server" 2>/dev/null || true
check "another X server starts" start_server
check "starts without a window manager" start_backend --presentation-mode windowed --width 640 --height 360 --no-vsync
direct triangle 640 360 5
play --scene triangle --frames 5
check "a window appears" until_true find_window
to_corner
check "1:1" shows_at 640 360 direct-5.rgba 640 360
check "2:1 is sharp" resized_shows 1280 720 direct-5.rgba 640 360
check "1.5:1, bars at the sides" resized_shows 1001 540 direct-5.rgba 640 360
check "2:1 again" resized_shows 1280 720 direct-5.rgba 640 360
full_screen_here() { again_until "press_here F11" size_is 1600 1200 && shows_at 1600 1200 direct-5.rgba 640 360; }
windowed_here() { again_until "press_here F11" size_is 1280 720 && to_corner && shows_at 1280 720 direct-5.rgba 640 360; }
check "full screen by F11" full_screen_here
check "and back" windowed_here
check "full screen once more" full_screen_here
check "and back" windowed_here
closed_here() { python3 tests/support/close_window.py "$window" && until_true closed; }
check "closing hides it" closed_here
end_play

# Sizes at random while a guest presents as fast as it can and changes its outputs' size.
direct triangle 640 360 600
play --scene bound --frames 600 --resize-every 7
check "a window for the next VM" until_true find_window
to_corner
check "$RESIZES random sizes while presenting" resize_at_random "$RESIZES"
check "every frame was presented" played
check "the last size shows the last frame" resized_shows 640 360 direct-600.rgba 640 360
end_play
check "no frame was read back, nothing refused" nothing_amiss

# ---- The X server goes while frames are presented ----
play --scene triangle --frames $FOREVER --sync-interval 1
check "a window" until_true find_window
check "frames are presented" goes_on
kill -9 "$server"; wait "$server" 2>/dev/null || true; server=''
check "the display's loss is told" until_true logged 'The display is gone'
check "the VM goes on without a window" goes_on
end_play
told_once() { [ "$(grep -c 'The display is gone' "$work/log")" -eq 1 ] && ! logged 'DEVICE_LOST'; }
check "by the same renderer, told once" told_once
play --scene triangle --frames $FOREVER
check "the next VM is served without a window" goes_on
check "which is told" logged 'the VM is served without one'
end_play
check "ends" stop_backend
finish
