#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Passes ninja's output on: on a terminal as it is; elsewhere every fiftieth step, and everything that is not a step.
if [ -t 1 ]; then
    exec cat
fi
awk '/^\[[0-9]+\/[0-9]+\]/ { if (++steps % 50 == 0) print; next } !/Entering directory|no work to do/'
