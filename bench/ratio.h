/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The two sides of bench-ratio: a guest of the backend in the main process, and direct Direct3D 11 in a child. */
#ifndef PVGPU_BENCH_RATIO_H
#define PVGPU_BENCH_RATIO_H

#include "workload.h"

#include <stdbool.h>

/* One repetition to be run. Sent to the child through a pipe as it is. */
struct ratio_request {
    uint32_t kind; /* enum workload_kind */
    uint32_t count; /* operations */
    uint32_t wants_hash; /* 0 or 1 */
};

struct ratio_result {
    uint64_t elapsed_ns; /* from the first call or byte until the GPU has finished the last operation */
    uint64_t hash; /* of what is left in the target, buffer, texture or memory; 0 if not wanted */
    bool good;
};

/* The contents that both sides upload. */
struct ratio_sources {
    uint8_t constants[WORKLOAD_SOURCES][WORKLOAD_CONSTANT_BYTES];
    uint8_t vertices[WORKLOAD_SOURCES][WORKLOAD_VERTEX_BYTES];
    uint8_t big[WORKLOAD_SOURCES][WORKLOAD_BIG_BYTES];
    uint8_t read[WORKLOAD_BIG_BYTES]; /* where read-backs go */
};

/* NULL: out of memory. Released with free(). */
struct ratio_sources *ratio_sources_create(void);

/* ---- The backend's guest (ratio_guest.c) ---- */

struct ratio_guest;

/* Connects to the service at that socket. NULL: said why. */
struct ratio_guest *ratio_guest_create(const char *socket);
void ratio_guest_run(struct ratio_guest *side, const struct ratio_request *request, struct ratio_result *result);
void ratio_guest_destroy(struct ratio_guest *side); /* NULL is fine */

/* ---- Direct calls (ratio_direct.c) ---- */

/* The whole life of the child: a device, then requests until their end. Returns the exit code. */
int ratio_direct_serve(int requests, int results);

#endif
