#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# clang-tidy over the sources that build/linux compiles, shellcheck over the scripts. Inside the Linux root.
set -eu
git ls-files '*.sh' box '*.setup' .ci/run | xargs shellcheck
git ls-files 'src/*.c' 'guest/*.c' 'lib/*.c' 'tools/*.c' | grep -v -e win32 -e windows |
    xargs clang-tidy -p build/linux --quiet --warnings-as-errors='*'
