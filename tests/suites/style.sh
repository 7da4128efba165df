#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# What can be said about the sources without running them.
. "$(dirname "$0")/lib.sh"

sources() { git ls-files "$@" 2>/dev/null || find . -path ./build -prune -o -type f -print; }

headers_stand_alone() {
    local header bad=0
    for header in include/pvgpu/*.h; do
        printf '#include "pvgpu/%s"\n' "$(basename "$header")" >build/tests/header.c
        gcc -std=c11 -Wall -Wextra -Werror -pedantic -Iinclude -fsyntax-only build/tests/header.c || bad=1
        cp build/tests/header.c build/tests/header.cpp
        g++ -std=c++11 -Wall -Wextra -Werror -Iinclude -fsyntax-only build/tests/header.cpp || bad=1
    done
    return $bad
}

licences_named() {
    local missing
    missing=$(sources '*.c' '*.h' '*.sh' '*.inc' '*.hlsl' '*.py' 'meson.build' '*/meson.build' Makefile box '*.setup' |
        xargs grep -L 'SPDX-License-Identifier: ')
    [ -z "$missing" ] || { printf 'without a licence line: %s\n' "$missing"; return 1; }
}

formatted() { sources '*.c' '*.h' | xargs clang-format --dry-run -Werror; }
scripts_clean() { sources '*.sh' box '*.setup' .ci/run | xargs shellcheck; }

mkdir -p build/tests
check "sources are formatted" formatted
check "scripts pass shellcheck" scripts_clean
check "public headers stand alone in C and C++" headers_stand_alone
check "every source names its licence" licences_named
# The system's clock can be set, so it serves to show: nothing may wait for it, or measure by it.
wall_clock_shows() {
    local used
    used=$(sources 'src/*.c' 'lib/*.c' 'guest/*.c' 'qemu/*.c' 'tools/*.c' 'src/*.h' 'lib/*.h' 'guest/*.h' |
        grep -v '^src/os/[a-z0-9]*/time\.c$' |
        xargs grep -nE '\bCLOCK_REALTIME|gettimeofday|GetSystemTime|(cond|sem|mtx|mutex)_timed(wait|lock)|[^_a-z]time\((NULL|0)\)') || true
    [ -z "$used" ] || { echo "$used"; return 1; }
}
check "nothing is measured by the clock on the wall" wall_clock_shows
pages_are_right() {
    local said
    # What is said of style, and of pages that are not installed here, is no mistake.
    said=$(mandoc -T lint -W warning dist/man/*.[158] 2>&1) || true
    [ -z "$said" ] || { echo "$said"; return 1; }
}
check "manual pages are right" pages_are_right
check "shader blobs belong to their sources" python3 shaders/check.py
check "links of the documents lead somewhere" python3 tests/support/docs.py links
check "messages that the documents quote are printed" python3 tests/support/docs.py messages
check "output that the documents show is there, and of no machine" python3 tests/support/docs.py outputs
finish
