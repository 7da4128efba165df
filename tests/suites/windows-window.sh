# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # build, work, out: the suite sets them
#
# The part of the suite "windows" that looks at windows: what tests/suites/window.sh does, as far as Wine has it. Sourced
# by windows.sh, which has a display without a window manager, window-lib.sh, `build`, `work` and `out`.

windowed_pipe='\\.\pipe\pvgpu-windowed-'$$
window_log=$work/windowed.log
start_windowed() { # arguments of the service
    wine "$build/pvgpu-backend.exe" --pipe-path "$windowed_pipe" --log-level debug "$@" >"$window_log" 2>&1 &
    windowed=$! vm=0
    until_true grep -q 'Listening for' "$window_log"
}
stop_windowed() {
    kill "$windowed" 2>/dev/null || true
    wait "$windowed" 2>/dev/null || true
}
play_windowed() { # plays, and holds the last frame
    : >"$work/played" # what the last one said must not be taken for this one's
    wine "$build/pvgpu-demo.exe" --link pipe --pipe-path "$windowed_pipe" --hold-seconds 300 "$@" >"$work/played" 2>&1 &
    player=$! vm=$((vm + 1))
}
end_windowed_play() {
    kill -9 "$player" 2>/dev/null || true
    wait "$player" 2>/dev/null || true
    until_true grep -q "vm$vm disconnected" "$window_log"
}
played_windowed() { until_true grep 'frames=' "$work/played"; }
direct_frame() { # scene, width, height, frame
    timeout 150 wine "$build/pvgpu-direct.exe" --scene "$1" --width "$2" --height "$3" --frame "$4" \
        --out "$out\\window-%d.rgba"
}
frames_presented() { grep -c "\[vm$vm\] Frame presented" "$window_log" || true; }
presented_more_than() { [ "$(frames_presented)" -gt "$1" ]; }

check "a window manager starts" start_manager
check "a service with windows starts" start_windowed --presentation-mode windowed --width 480 --height 270
check "the frame to compare with" direct_frame cubes 480 270 3
play_windowed --scene cubes --frames 3 --sync-interval 1 --width 480 --height 270
check "a window appears" until_true find_window
check "the scene is played" played_windowed
check "1:1" shows_at 480 270 window-3.rgba 480 270
picture windowed-wine.png
check "2:1 is sharp" resized_shows 960 540 window-3.rgba 480 270
check "1.5:1, bars above and below" resized_shows 720 451 window-3.rgba 480 270
check "1.5:1, bars at the sides" resized_shows 751 405 window-3.rgba 480 270
check "smaller than the picture" resized_shows 321 300 window-3.rgba 480 270
check "back to 1:1" resized_shows 480 270 window-3.rgba 480 270
maximised() { again_until toggle_maximised is_wider_than 1200 && until_true shows window-3.rgba 480 270; }
# Wine may take the size that the window manager gives for the one to go back to: it is asked for.
restored() { again_until toggle_maximised is_restored && resized_shows 480 270 window-3.rgba 480 270; }
check "maximised" maximised
check "and back" restored
skip "full screen with a window manager" "Wine 10 takes the size that openbox tells late for a new one: 9 of 45 toggles; below without"
hidden_and_shown() {
    xdotool windowminimize "$window" && until_true closed && xdotool windowactivate "$window" &&
        shows_at 480 270 window-3.rgba 480 270
}
check "minimised and back" hidden_and_shown
end_windowed_play

play_windowed --scene triangle --frames 1000000 --sync-interval 1 --width 480 --height 270
check "the next VM has a window" until_true find_window
check "its title counts frames" until_true title_is '^vm2 - 480 x 270 - [1-9][0-9]* frames/s$'
closed_hides() { again_until "press alt+F4" closed; }
check "closing hides it" closed_hides
goes_on() { until_true presented_more_than $(($(frames_presented) + 60)) || { tail -n 20 "$window_log"; return 1; }; }
check "and the VM goes on" goes_on
end_windowed_play

# Sizes change while frames are presented and buffers are resized.
direct_frame triangle 640 360 300
play_windowed --scene bound --frames 300 --resize-every 7 --width 640 --height 360
check "a window for the next VM" until_true find_window
check "${RESIZES:-100} random sizes while presenting" resize_at_random "${RESIZES:-100}"
check "every frame was presented" played_windowed
check "the last size shows the last frame" resized_shows 640 360 window-300.rgba 640 360
end_windowed_play

# Without a window manager Wine takes no sizes from X.
stop_manager
play_windowed --scene triangle --frames 300 --width 640 --height 360
check "without a window manager: a window" until_true find_window
to_corner
check "every frame was presented" played_windowed
check "3:4" shows_at 480 270 window-300.rgba 640 360
full_screen_here() { again_until "press_here $1" size_is 1280 1024 && shows_at 1280 1024 window-300.rgba 640 360; }
windowed_here() {
    again_until "press_here $1" size_is 480 270 && to_corner && shows_at 480 270 window-300.rgba 640 360
}
for key in F11 alt+Return; do
    check "full screen by $key" full_screen_here $key
    check "and back" windowed_here $key
done
end_windowed_play
check "nothing was read back, nothing refused" sh -c "grep 'Session ended' '$window_log' | tee '$work/ended' &&
    ! grep -v ' 0 frames published, 0 dropped, 0 errors, 0 refused by the host' '$work/ended'"
stop_windowed

# Both outputs at once; what is bound once stays bound.
windowed_pipe=$windowed_pipe-dual
check "a service with both outputs starts" start_windowed --presentation-mode dual --width 333 --height 217 \
    --window-close disconnect
direct_frame triangle 333 217 60
timeout 150 wine "$build/pvgpu-capture.exe" --endpoint "$windowed_pipe.frames" --out "$out\\both" --numbers 60 \
    --format rgba --wait 100 --quiet >"$work/both.log" 2>&1 &
both=$!
play_windowed --scene bound --frames 60 --sync-interval 1 --width 333 --height 217
check "a consumer gets the frame" wait $both
check "which equals direct drawing" cmp "$work/window-60.rgba" "$work/both/frame-000060.rgba"
check "and there is a window" until_true find_window
to_corner
check "which shows it" shows_at 333 217 window-60.rgba 333 217
closed_disconnects() {
    python3 tests/support/close_window.py "$window" && until_true grep -q 'vm1 disconnected' "$window_log"
}
check "closing it disconnects the VM when asked for" closed_disconnects
kill -9 "$player" 2>/dev/null || true
stop_windowed
