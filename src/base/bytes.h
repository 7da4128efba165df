/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers in byte streams. Pure; any thread. */
#ifndef PVGPU_BASE_BYTES_H
#define PVGPU_BASE_BYTES_H

#include <stdint.h>

/* The little-endian number in the four bytes at any address. */
static inline uint32_t pvgpu_read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

#endif
