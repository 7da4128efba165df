/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers that a guest cannot foresee. Any thread. */
#ifndef PVGPU_OS_RANDOM_H
#define PVGPU_OS_RANDOM_H

#include <stddef.h>

/*
 * Fills at most 256 bytes from the system's random source. Does not fail: without a source (which no supported system
 * lacks) the clock and addresses of this process are mixed, which is not good enough for keys.
 */
void pvgpu_random_fill(void *bytes, size_t size);

#endif
