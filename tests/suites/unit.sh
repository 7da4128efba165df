#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Builds with gcc and runs the unit and hostile tests.
. "$(dirname "$0")/lib.sh"
configure build/linux
meson configure build/linux --werror
check "gcc build without warnings" ninja -C build/linux -j "$jobs"
run_meson_tests build/linux
finish
