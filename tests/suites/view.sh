#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Who looks at a VM's frames: films by pvgpu-capture against its own pictures, and pvgpu-view on a screen of its own.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" >/dev/null
export PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d /tmp/pvgpu-view.XXXXXX)
backend='' demo='' view='' screen='' manager=''
cleanup() {
    local process
    for process in $view $demo $backend $manager $screen; do
        kill -9 "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true # or the shell tells of it
    done
    rm -rf "$work"
}
trap cleanup EXIT
socket=$work/vm.sock frames=$work/vm.sock.frames

start_backend() {
    # Where the machine is busy a GPU that is none needs time.
    "$build/pvgpu-backend" --pipe-path "$socket" --shader-cache none --gpu-timeout 120 >"$work/backend.log" 2>&1 &
    backend=$!
    for _ in $(seq 100); do [ -S "$frames" ] && return 0; sleep 0.05; done
    cat "$work/backend.log"
    return 1
}

# A VM that draws so many frames and then keeps the last one for a minute, unless it is ended before.
start_demo() { # scene, frames, width, height
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene "$1" --frames "$2" --width "$3" --height "$4" \
        --sync-interval 1 --hold-seconds 60 >"$work/demo.log" 2>&1 &
    demo=$!
}

end_demo() {
    kill -9 "$demo"
    wait "$demo" 2>/dev/null || true
    demo=''
}

capture() { timeout 30 "$build/pvgpu-capture" --endpoint "$frames" "$@"; }
film() { capture --format y4m "$@"; }

expect() { # code, text that standard error has, command...
    local expected=$1 text=$2 code=0
    shift 2
    "$@" 2>"$work/told" >/dev/null || code=$?
    cat "$work/told"
    [ "$code" -eq "$expected" ] && grep -qF -e "$text" "$work/told" && [ "$(wc -l <"$work/told")" -le 2 ]
}

check "a stream needs a place" expect 2 'need --output' film
check "files and streams are not mixed" expect 2 '--output is for' capture --format png --output x
check "a rate that is none" expect 2 '--fps needs' film --output - --fps 1/0
check "a rate below one" expect 2 '--fps needs' film --output - --fps 1/2
check "a chroma that is none" expect 2 '--chroma is' film --output - --chroma 422
check "a constant rate loses frames" expect 2 'not with --all' film --output - --constant --all
check "a file that cannot be written" expect 1 'cannot write /dev/full/film' film --output /dev/full/film
nowhere() { env -u XDG_RUNTIME_DIR "$build/pvgpu-capture" --wait 0; }
check "the default endpoint is the service's" expect 3 'attach to /run/pvgpu/pvgpu.sock.frames:' nowhere

check "the backend starts" start_backend
start_demo cubes 20 333 217
last_picture() { # waits for the VM's last frame, that nothing follows: number
    capture --numbers "$1" --out "$work" --quiet
}
check "a picture of the last frame" last_picture 20
png=$work/frame-000020.png

film_is_the_picture() { # chroma, header's chroma
    film --chroma "$1" --output "$work/film.y4m" --frames 1 --quiet &&
        python3 tests/support/check_film.py "$work/film.y4m" 1 60:1 "$2" "$png"
}
check "a film with subsampled colour is the picture" film_is_the_picture 420 C420mpeg2
check "a film with full colour is the picture" film_is_the_picture 444 C444

# Nothing new is drawn: a constant rate repeats what is there.
constant_film() {
    film --output - --constant --fps 60000/1001 --frames 5 2>"$work/told" |
        python3 tests/support/check_film.py - 5 60000:1001 C420mpeg2 "$png" || return 1
    grep -qF '5 frames written to standard output, frames 20..20' "$work/told"
}
check "a constant rate repeats frames; messages stay out of the film" constant_film
raw_is_the_picture() {
    capture --format rgba --frames 1 --out "$work" --quiet || return 1
    capture --format raw --frames 1 --output - >"$work/raw" 2>"$work/told" || return 1
    cat "$work/told"
    cmp "$work/raw" "$work/frame-000020.rgba" &&
        grep -qF '333 x 217, R8G8B8A8_UNORM (ffmpeg -f rawvideo -pixel_format rgba -video_size 333x217' "$work/told"
}
check "a raw stream is the frame's own pixels, its format told" raw_is_the_picture

# The reader ends first.
closed_by_reader() { # expected code, arguments...
    local expected=$1 codes
    shift
    film --output - --constant --fps 500 "$@" 2>"$work/told" | head -c 300000 >/dev/null && codes=(0 0) ||
        codes=("${PIPESTATUS[@]}")
    cat "$work/told"
    [ "${codes[0]}" -eq "$expected" ] && grep -qF 'the reader of standard output has closed it' "$work/told"
}
check "a reader that has enough ends a stream without end" closed_by_reader 0
check "a reader that ends before the frames asked for: code 8" closed_by_reader 8 --frames 100000
end_of_vm() {
    local writer code=0
    film --output "$work/ending.y4m" --quiet &
    writer=$!
    for _ in $(seq 200); do [ -s "$work/ending.y4m" ] && break; sleep 0.05; done
    end_demo
    wait $writer || code=$?
    [ "$code" -eq 0 ] && python3 tests/support/check_film.py "$work/ending.y4m" 1 60:1 C420mpeg2 "$png"
}
check "the end of the VM ends a film that is whole" end_of_vm
stop_backend() {
    local code=0
    kill -TERM "$backend"
    wait "$backend" || code=$?
    backend=''
    [ "$code" -eq 0 ]
}
check "the backend ends" stop_backend

# ---- pvgpu-view ----

no_display() { env -u DISPLAY -u WAYLAND_DISPLAY timeout 20 "$build/pvgpu-view"; }
check "without a display: one line, code 3" expect 3 'there is no display' no_display
check "a scale that is none" expect 2 '--scale needs a whole number from 1 to 16' "$build/pvgpu-view" --scale 17
check "an argument that is none" expect 2 'is no option' "$build/pvgpu-view" film

start_screen() {
    Xvfb -displayfd 3 -screen 0 1280x1024x24 3>"$work/display" >/dev/null 2>&1 &
    screen=$!
    for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.05; done
    DISPLAY=:$(cat "$work/display")
    export DISPLAY
    # Windows that open while it starts may never be mapped, for which SDL waits without end.
    openbox --startup "touch $work/managed" >/dev/null 2>&1 &
    manager=$!
    for _ in $(seq 100); do [ -e "$work/managed" ] && return 0; sleep 0.05; done
    return 1
}
start_view() {
    "$build/pvgpu-view" --frames-path "$frames" "$@" >"$work/view.log" 2>&1 &
    view=$!
}
end_of_view() { # expected code
    local code=0 end=$((SECONDS + 10))
    while [ $SECONDS -lt $end ] && kill -0 "$view" 2>/dev/null; do sleep 0.05; done
    kill -9 "$view" 2>/dev/null || true
    wait "$view" || code=$?
    view=''
    cat "$work/view.log"
    [ "$code" -eq "$1" ] && [ ! -s "$work/view.log" ]
}
eventually() { # command...: true within 10 s
    local end=$((SECONDS + 10))
    while [ $SECONDS -lt $end ]; do
        "$@" >"$work/last-try" 2>&1 && { cat "$work/last-try"; return 0; }
        sleep 0.1
    done
    cat "$work/last-try" "$work/view.log"
    tail -n 3 "$work/backend.log"
    return 1
}
title_is() { # pattern of the whole title
    xdotool search --name '^pvgpu-view' getwindowname %@ | tee /dev/stderr | grep -qxE -e "$1"
}
on_screen() { # picture, scale
    xwd -root -silent -out "$work/screen.xwd" && python3 tests/support/find_picture.py "$work/screen.xwd" "$@"
}
press() { # a key, once the window has the focus; fails if the key ends the window before it is let go
    timeout 10 xdotool search --sync --onlyvisible --name '^pvgpu-view' windowactivate --sync key "$1" 2>/dev/null || true
    xdotool keyup "$1" # else it is held down, and repeats into the next window
}
fills_screen() { xdotool search --name '^pvgpu-view' getwindowgeometry | grep -q 'Geometry: 1280x1024'; }

check "a screen and a window manager" start_screen
start_view
check "it waits for an endpoint that is not there" eventually title_is "pvgpu-view - waiting for $frames"
check "the backend starts again" start_backend
start_demo cubes 20 333 217
check "a picture of its last frame" last_picture 20
check "the window shows it, every pixel" eventually on_screen "$png"
check "the title tells of it" eventually title_is 'pvgpu-view - vm1 - 333 x 217 - [0-9]+ frames/s( - [0-9.]+ ms)?'
press F11
check "F11: full screen" eventually fills_screen
press alt+Return
check "Alt+Enter: back, every pixel" eventually on_screen "$png"
end_demo
check "the title tells that the VM has ended" eventually title_is 'pvgpu-view - vm1 - 333 x 217 - waiting for the VM'

start_demo triangle 30 640 360
png=$work/frame-000030.png
check "another VM" last_picture 30
check "it is shown in the same window" eventually on_screen "$png"
end_demo
check "the service ends" stop_backend
check "and comes back" start_backend
start_demo cubes 40 320 180
png=$work/frame-000040.png
check "with another VM" last_picture 40
check "which is shown again" eventually on_screen "$png"

# Who does not look at frames does not slow the VM down either.
kill -STOP "$view" || true
end_demo
start_demo cubes 120 320 180
check "a viewer that stands still holds nobody up" last_picture 120
kill -CONT "$view" || true
check "and goes on with the newest frame" eventually on_screen "$work/frame-000120.png"
press Escape
check "Esc: ends with 0" end_of_view 0

start_view --scale 2
check "twice as large: sharp" eventually on_screen "$work/frame-000120.png" 2
kill -TERM "$view" || true
check "SIGTERM: ends with 0" end_of_view 0
start_view --frames 1
check "--frames: ends with 0 by itself" end_of_view 0
end_demo
start_view
check "it waits for a VM" eventually title_is 'pvgpu-view - waiting for .*'
press Escape
check "and ends meanwhile" end_of_view 0
check "the backend ends again" stop_backend
finish
