#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Everything with more than one thread under ThreadSanitizer, without suppressions.
. "$(dirname "$0")/lib.sh"
configure build/tsan -Db_sanitize=thread -Db_lundef=false
check "build with ThreadSanitizer" build_for_suite build/tsan threads
run_meson_tests build/tsan --suite threads --timeout-multiplier 4
finish
