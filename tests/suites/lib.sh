# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
#
# What the suites share: counting, and building with a given configuration. Sourced by tests/suites/*.sh.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

passed=0 failed=0 skipped=0
# shellcheck disable=SC2034 # for the suites
jobs=$(nproc)

# check NAME COMMAND...: one test.
check() {
    local name=$1 start=$SECONDS
    shift
    if "$@"; then
        passed=$((passed + 1))
        printf 'ok: %s (%d s)\n' "$name" $((SECONDS - start))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n' "$name"
    fi
}

# skip NAME REASON: one test that cannot run here.
skip() {
    skipped=$((skipped + 1))
    printf 'skipped: %s: %s\n' "$1" "$2"
}

# Counts the tests in a log of test programs: cmocka's reports, and lines "N passed, N failed, N skipped".
count_log() {
    local counts
    counts=$(awk '
        /^\[  PASSED  \] [0-9]+ test/ { p += $4 }
        /^\[  FAILED  \] .*[0-9]+ test\(s\), listed below/ { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+$/) { f += $i; break } }
        /^\[  SKIPPED \] .*[0-9]+ test\(s\), listed below/ { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+$/) { s += $i; break } }
        /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5 }
        END { print p + 0, f + 0, s + 0 }' "$1")
    read -r p f s <<<"$counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    grep -h '^skipped:' "$1" || true
}

# configure DIRECTORY MESON-OPTION...: set up once.
configure() {
    local directory=$1
    shift
    [ -f "$directory/build.ninja" ] || meson setup "$directory" "$@"
}

# Builds what the tests of a suite of meson's need, and nothing else.
build_for_suite() { # directory, suite
    local targets
    targets=$(meson introspect --tests --targets "$1" | python3 -c '
import json, os, sys
build, suite = os.path.abspath(sys.argv[1]), sys.argv[2]
data = json.load(sys.stdin)
files = {target["id"]: target["filename"] for target in data["targets"]}
names = {name for test in data["tests"] if any(s.endswith(":" + suite) for s in test["suite"])
         for target in test["depends"] for name in files[target]}
print(*sorted(os.path.relpath(name, build) for name in names))' "$1" "$2")
    # shellcheck disable=SC2086 # several words
    [ -n "$targets" ] && ninja -C "$1" -j "$jobs" $targets
}

# Runs meson's tests in a build directory and counts what they report. Further arguments go to meson.
run_meson_tests() {
    local directory=$1 before=$failed code=0
    shift
    meson test -C "$directory" --no-rebuild --print-errorlogs "$@" || code=$?
    count_log "$directory/meson-logs/testlog.txt"
    # A test that crashed or timed out has no report of its own.
    if [ $code -ne 0 ] && [ "$failed" -eq "$before" ]; then
        failed=$((failed + 1))
    fi
}

# Values of the JSON object on standard input, by name, in one line.
figures() {
    python3 -c 'import json, sys
values = json.load(sys.stdin)
print(*(values[name] for name in sys.argv[1:]))' "$@"
}

# VMs, one after the other, leave a service's handles and memory as they were. Of the suite: `usage` prints both numbers,
# memory in KiB; `connect COUNT` plays the VMs; `nobody_is_left` waits until they are gone. The least of several asks
# counts: whoever asks is a connection itself, and the one before may not have been closed yet.
least_usage() {
    for _ in 1 2 3 4; do usage; sleep 0.1; done |
        awk '{ if (NR == 1 || $1 < h) h = $1; if (NR == 1 || $2 < k) k = $2 } END { print h + 0, k + 0 }'
}
stays_flat() { # VMs before, VMs counted
    local before_handles before_kib handles kib
    connect "$1" && nobody_is_left || return 1
    read -r before_handles before_kib < <(least_usage)
    connect "$2" && nobody_is_left || return 1
    read -r handles kib < <(least_usage)
    echo "$2 connections: handles $before_handles to $handles, resident $before_kib to $kib KiB"
    [ "$handles" -gt 0 ] && [ "$handles" -eq "$before_handles" ] && [ "$kib" -le $((before_kib + 256)) ]
}

finish() {
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}
