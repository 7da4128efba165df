#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Exactness: every case of tests/exact by direct Direct3D 11 calls and through the backend on the same host, byte for
# byte. Both programs share a cache of compiled shaders, which is most of their time otherwise.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" tests/exact/exact-direct tests/exact/exact-guest >/dev/null
results=build/tests/exact
mkdir -p "$results/cache"
export MESA_SHADER_CACHE_DISABLE=false MESA_SHADER_CACHE_DIR=$PWD/$results/cache

# What fails in a program is named by the comparison, which is what counts.
"$build/tests/exact/exact-direct" --host dxvk --out "$results/direct" || true
"$build/tests/exact/exact-guest" --skips "$results/direct" --out "$results/guest" >"$results/guest.log" || true
cat "$results/guest.log"
tests/exact/compare.py "$results/direct" "$results/guest" >"$results/compare.log" || true
grep -v '^skipped:' "$results/compare.log" || failed=$((failed + 1))
count_log "$results/compare.log"
check "the host refused nothing" grep -qx 'guest: 0 host refusals' "$results/guest.log"

# Every field of every command, changed on its way to the host, makes the case that coverage.txt names go red.
check "every field is noticed by some case" tests/exact/coverage.py check "$build/tests/exact/exact-guest" dxvk
finish
