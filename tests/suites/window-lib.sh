# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # work: the suite sets it
#
# Windows on an X server, for the suites that have some: found, moved, pressed, compared pixel by pixel. Sourced after
# lib.sh; the suite sets `work`, a folder. `window` is the window that is looked at.

# Repeats a command until it succeeds, for 20 s at most; then once more, and its output is seen.
until_true() {
    local _
    for _ in $(seq 200); do
        "$@" >/dev/null 2>&1 && break
        sleep 0.1
    done
    "$@"
}

# Does something to a window until a condition holds, up to three times. What comes before the program is ready for it (a
# key without the focus, a size while the program sets its own) is lost, and the X server tells nobody.
again_until() { # a command in one word, the condition...
    local act=$1 attempt _
    shift
    for attempt in 1 2 3; do
        [ $attempt = 1 ] || echo "$act, once more"
        $act
        for _ in $(seq 70); do
            "$@" >/dev/null 2>&1 && return 0
            sleep 0.1
        done
    done
    "$@"
}

# A window manager on the display.
manager=''
is_managed() { xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; }
start_manager() {
    openbox --sm-disable >/dev/null 2>&1 &
    manager=$!
    until_true is_managed
}
stop_manager() {
    kill "$manager" || true
    wait "$manager" 2>/dev/null || true
    manager=''
}

find_named() { # the VM's name, as a regular expression
    window=$(xdotool search --onlyvisible --name "^$1 - " 2>/dev/null | head -n 1)
    [ -n "$window" ]
}
find_window() { find_named 'vm[0-9]+'; }
closed() { ! xdotool search --onlyvisible --name '^vm[0-9]+ - ' >/dev/null 2>&1; }
title_is() { xdotool getwindowname "$window" | grep -qE "$1"; }

shows() { # frame's file, width, height: as large as the window lets it
    xwd -silent -id "$window" -out "$work/window.xwd" &&
        python3 tests/support/window_pixels.py fit "$work/window.xwd" "$work/$1" "$2" "$3"
}
size_is() {
    local size
    size=$(xdotool getwindowgeometry --shell "$window" | sed -n 's/^WIDTH=//p;s/^HEIGHT=//p' | tr '\n' ' ')
    [ "$size" = "$1 $2 " ] || { echo "the window has $size, expected $1 $2"; return 1; }
}
shows_at() { # width, height of the window, then as shows
    local width=$1 height=$2
    shift 2
    until_true size_is "$width" "$height" && until_true shows "$@"
}
resized_shows() { again_until "xdotool windowsize $window $1 $2" size_is "$1" "$2" && shows_at "$@"; }
is_wider_than() { [ "$(xdotool getwindowgeometry --shell "$window" | sed -n 's/^WIDTH=//p')" -gt "$1" ]; }
is_restored() { ! xprop -id "$window" _NET_WM_STATE | grep -q MAXIMIZED; }
# A double click into the title bar.
toggle_maximised() { xdotool mousemove --window "$window" 100 -10 click --repeat 2 --delay 20 1; }

# Keys, with a window manager and without.
press() { xdotool windowactivate --sync "$window" && xdotool key "$1"; }
press_here() { xdotool windowfocus --sync "$window" && xdotool key "$1"; }
# Without one, nobody keeps a window on the screen, and pictures end where the screen does.
to_corner() { xdotool windowmove "$window" 0 0; }

resize_at_random() { # how often
    local chain=() _
    RANDOM=1
    for _ in $(seq "$1"); do chain+=(windowsize "$window" $((RANDOM % 700 + 1)) $((RANDOM % 500 + 1)) sleep 0.004); done
    xdotool "${chain[@]}"
}

# The window with its frame as a PNG, if the suite's caller wants pictures (PICTURES=FOLDER).
picture() { # name of the file
    local x y width height
    [ -n "${PICTURES:-}" ] || return 0
    read -r x y width height < <(xwininfo -id "$window" |
        awk '/Absolute upper-left|^ *(Width|Height):/ { printf "%d ", $NF } END { print "" }')
    mkdir -p "$PICTURES" && xwd -silent -root -out "$work/screen.xwd" &&
        python3 tests/support/window_pixels.py png "$work/screen.xwd" "$PICTURES/$1" \
            $((x - 8)) $((y - 30)) $((width + 16)) $((height + 38))
}
