#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Runs every measuring program and prints one report in Markdown.
#
#   bench/run.sh [--quick] [BUILD=build/release]
#
# Runs inside the Linux root: make bench, or ./box bench/run.sh. BUILD is a release build.
# Exit code 0: everything ran, and every goal was met.
set -uo pipefail

build=build/release
options=()
for argument in "$@"; do
    case $argument in
        --quick) options=(--quick) ;;
        BUILD=*) build=${argument#BUILD=} ;;
        *) echo "run.sh: $argument: expected --quick or BUILD=FOLDER" >&2; exit 2 ;;
    esac
done

for program in pvgpu-backend bench/bench-{decode,scale,fences,histogram,ratio,present,idle}; do
    [ -x "$build/$program" ] || { echo "run.sh: $build/$program is missing: make bench builds it" >&2; exit 1; }
done

version() { # package...
    dpkg-query -W -f '- ${Package} ${Version}\n' "$@" 2>/dev/null || true
}

failed=''
section() { # title, program, arguments...
    local program=$2
    printf '\n## %s\n\n' "$1"
    shift 2
    "$build/bench/$program" "${options[@]}" "$@" || failed="$failed $program"
}

printf '# Measurements\n\n'
version libdxvk-d3d11-0 mesa-vulkan-drivers libc6
"$build/pvgpu-backend" --version | sed 's/^/- /'

section 'Backend against direct Direct3D 11' bench-ratio
section 'Waiting for fences' bench-fences
section 'Decoding, validating and dispatching' bench-decode
section 'A million objects' bench-scale
section 'Counting durations' bench-histogram
section 'Presenting' bench-present
section 'A virtual machine at rest' bench-idle

if [ -n "$failed" ]; then
    printf '\nFailed or below a goal:%s\n' "$failed"
    exit 1
fi
