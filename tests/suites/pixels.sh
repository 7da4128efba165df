#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Faithful pixels: every scene through the whole backend equals the same scene by direct Direct3D 11 calls, byte for
# byte, at several frame numbers. The VM suite does the same through a real virtual machine.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" >/dev/null
work=$(mktemp -d /tmp/pvgpu-pixels.XXXXXX)
trap 'rm -rf "$work"' EXIT

same_frames() { # scene, width, height, frames...
    local scene=$1 width=$2 height=$3 frame
    shift 3
    "$build/pvgpu-direct" --scene "$scene" --width "$width" --height "$height" --frame "$(IFS=,; echo "$*")" \
        --out "$work/direct-%d.rgba" || return 1
    for frame in "$@"; do
        cmp "$work/direct-$frame.rgba" "$work/out/frame-$(printf %06d "$frame").rgba" || return 1
    done
}

for scene in clear triangle cubes; do
    # An odd size as well: pitches are not widths.
    for size in 640x360 333x217; do
        width=${size%x*} height=${size#*x}
        check "$scene at $size through the pipe link" env PVGPU_QEMU=none tools/run-demo.sh SCENE=$scene FRAMES=30 WIDTH="$width" \
            HEIGHT="$height" LINK=pipe OUT="$work/out" FORMAT=rgba BUILD=$build
        check "$scene at $size equals direct drawing" same_frames $scene "$width" "$height" 1 2 7 30
    done
done
check "different frames differ" test "$(cmp -s "$work/out/frame-000001.rgba" "$work/out/frame-000030.rgba"; echo $?)" = 1
finish
