#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Builds everything with clang, warnings being errors. Nothing of it is run, and clang warns before it optimises.
. "$(dirname "$0")/lib.sh"
CC=clang CXX=clang++ configure build/clang --werror -Doptimization=0
check "clang build without warnings" ninja -C build/clang -j "$jobs"
finish
