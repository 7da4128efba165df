#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Runs the test suites one after the other, each inside its root, with a time per suite and a closing line over all:
#
#   tests/run.sh [SUITE...]       all of them by default; tests/run.sh --list names them
#
# A suite is tests/suites/NAME.sh. Its output goes to build/tests/NAME.log and is shown when it fails; its last line
# reads "N passed, N failed, N skipped", and each skip was explained in a line that starts with "skipped:".
#
# Each suite has a /dev/shm of its own: a program that is killed leaves its shared memory behind, by name, and that
# must be gone when the suite is. A suite that has not ended after LIMIT minutes (default 30) is ended and has failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# In the order of usefulness: what is quick and basic comes first.
ALL="style unit clang pixels exact service vfio keys log adapters view window vm stress asan tsan windows"
LIMIT=${LIMIT:-30}

if [ "${1:-}" = --list ]; then
    echo "$ALL" | tr " " "\n"
    exit 0
fi
suites=${*:-$ALL}
for suite in $suites; do
    [ -f "tests/suites/$suite.sh" ] || { echo "tests: there is no suite '$suite'; known: $ALL" >&2; exit 2; }
done

./box --setup
# The vm suite boots in an old QEMU as well; without it, it says so.
beside=()
case " $suites " in
    *' vm '*)
        mkdir -p build/tests
        if ./box --root=qemu72 --setup 2>build/tests/qemu72-setup.log; then
            beside=(--with=qemu72)
        else
            cat build/tests/qemu72-setup.log >&2
        fi ;;
esac
case " $suites " in
    *' windows '*)
        # Needed last: made while the first suites run.
        mkdir -p build/tests
        ./box --root=windows --setup >build/tests/windows-setup.log 2>&1 &
        windows_setup=$! ;;
    *) windows_setup='' ;;
esac
echo "tests: $(nproc) processors; roots: $(./box --versions | wc -l) packages, of them:"
./box --versions | grep -E '^(gcc|clang|meson|libdxvk-d3d11-0|mesa-vulkan-drivers|qemu-system-x86|libsdl3-0)[[:space:]:]' |
    sed 's/^/         /'

mkdir -p build/tests
# What failed in a log, each with the lines before it: for whoever sees the end of the output alone.
failures() { # log, suite
    awk -v suite="$2" '
        { line[NR] = substr($0, 1, 240) }
        /^ *(FAILED|not ok)|^\[  (ERROR|FAILED)  / && ++found <= 8 {
            for (i = NR > shown + 8 ? NR - 8 : shown + 1; i < NR; i++) print "        " line[i]
            print suite ": " line[NR]
            shown = NR
        }
        END { if (!found) print suite ": its log names nothing (did it come to its end?)" }' "$1"
}

passed=0 failed=0 skipped=0
: >build/tests/failures
for suite in $suites; do
    log=build/tests/$suite.log
    root=linux
    with=()
    [ "$suite" != vm ] || with=("${beside[@]}")
    if [ "$suite" = windows ]; then
        root=windows
        if ! wait "$windows_setup"; then
            cat build/tests/windows-setup.log >&2
        fi
    fi
    printf 'tests: %-8s ' "$suite"
    start=$SECONDS
    code=0
    timeout --kill-after=10 "${LIMIT}m" ./box --root="$root" "${with[@]}" --private-shm "tests/suites/$suite.sh" \
        >"$log" 2>&1 || code=$?
    seconds=$((SECONDS - start))
    if [ "$code" -eq 124 ]; then
        echo "FAILED: the suite had not ended after $LIMIT minutes" >>"$log"
    fi
    counts=$(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$log" | tail -n 1)
    if [ -z "$counts" ]; then
        counts='0 1 0' # it did not come to its end
    fi
    read -r p f s <<<"$counts"
    if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then
        f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%4d s  %d passed, %d failed, %d skipped\n' "$seconds" "$p" "$f" "$s"
    grep '^skipped:' "$log" | sed 's/^/         /' || true
    if [ "$f" -ne 0 ]; then
        echo "tests: the end of $log:"
        tail -n 60 "$log" | sed 's/^/    /'
        failures "$log" "$suite" >>build/tests/failures
    fi
done
echo
if [ "$failed" -ne 0 ]; then
    echo "What failed, after what was said before:"
    cat build/tests/failures
    echo
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
