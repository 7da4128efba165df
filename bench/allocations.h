/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Counts heap allocations of everything that is linked into a program with -Wl,--wrap=malloc,--wrap=calloc,
 * --wrap=realloc,--wrap=aligned_alloc,--wrap=posix_memalign. Any thread.
 */
#ifndef PVGPU_BENCH_ALLOCATIONS_H
#define PVGPU_BENCH_ALLOCATIONS_H

#include <stdint.h>

/* Calls of those functions so far. */
uint64_t bench_allocations(void);

#endif
