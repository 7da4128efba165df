#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Every key of the configuration file changes what it says it changes.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" >/dev/null
work=$(mktemp -d /tmp/pvgpu-keys.XXXXXX)
trap 'rm -rf "$work" "$work.log"' EXIT
python3 tests/support/keys.py "$build" "$work" 2>&1 | tee "$work.log" || true
count_log "$work.log"
[ $((passed + failed)) -gt 0 ] || check "tests/support/keys.py comes to its end" false
finish
