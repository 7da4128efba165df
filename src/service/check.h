/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --check: whether the service could work on this host with these options. Main thread. */
#ifndef PVGPU_SERVICE_CHECK_H
#define PVGPU_SERVICE_CHECK_H

#include "service/config.h"

/*
 * Looks at configuration, D3D11 library, adapter, endpoints, permissions and memory. Endpoints are opened for a moment,
 * so it can collide with a service that starts at the same time; one that runs is not disturbed, and nothing is left
 * behind. A line each on standard output: what, "ok" or "FAILED", and what was found or what to do; with --json an
 * array of objects {"check", "ok", "text"}. Returns PVGPU_EXIT_OK if all are ok, else PVGPU_EXIT_FAILURE.
 */
int pvgpu_check(const struct pvgpu_config *config, const struct pvgpu_log *log);

#endif
