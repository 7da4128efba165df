#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The tests under AddressSanitizer and UndefinedBehaviorSanitizer.
. "$(dirname "$0")/lib.sh"
configure build/asan -Db_sanitize=address,undefined -Db_lundef=false
check "build with AddressSanitizer and UBSan" ninja -C build/asan -j "$jobs"
# The host's Vulkan driver keeps memory until the process ends; only our own code is to be judged.
export LSAN_OPTIONS=suppressions=$PWD/tests/suites/lsan.supp:print_suppressions=0
run_meson_tests build/asan --timeout-multiplier 4
finish
