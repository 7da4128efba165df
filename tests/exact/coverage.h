/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Which case notices that a field was changed on the way? Reads lines "OPCODE:OFFSET:XOR [CASE...]" and prints each
 * with the first case whose outputs or errors change, or "-". With cases named, those alone are tried; with "!" all;
 * otherwise a few, spread over all that send such a command: other ones for another XOR.
 */
#ifndef PVGPU_TESTS_EXACT_COVERAGE_H
#define PVGPU_TESTS_EXACT_COVERAGE_H

#include "exact.h"
#include "perturb.h"

/* perturb is what the back end applies to each command. host: whose limits are left out. False: the file is not right. */
bool coverage_run(const char *path, const char *host, const struct exact_back *back, struct perturb *perturb);

#endif
