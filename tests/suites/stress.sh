#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# VMs that are killed, reset and restarted at random moments, three on each link; "make stress" does fifty.
. "$(dirname "$0")/lib.sh"
ninja -C build/linux -j "$jobs" >/dev/null
for link in vfio-user ivshmem-doorbell ivshmem-plain pipe; do
    check "three events over $link" tests/stress/stress.py build/linux "${EVENTS:-3}" "${SEED:-1}" $link
done
finish
