/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Checked 64-bit arithmetic. Every function returns false, and leaves the result alone, when the exact value does not
 * fit. Pure; any thread.
 */
#ifndef PVGPU_BASE_CHECKED_H
#define PVGPU_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool pvgpu_add_u64(uint64_t a, uint64_t b, uint64_t *sum)
{
    uint64_t value;
    if (__builtin_add_overflow(a, b, &value))
        return false;
    *sum = value;
    return true;
}

static inline bool pvgpu_mul_u64(uint64_t a, uint64_t b, uint64_t *product)
{
    uint64_t value;
    if (__builtin_mul_overflow(a, b, &value))
        return false;
    *product = value;
    return true;
}

/* Whether [offset, offset + size) lies inside [0, total). An empty range fits anywhere up to total. */
static inline bool pvgpu_range_fits(uint64_t total, uint64_t offset, uint64_t size)
{
    return size <= total && offset <= total - size;
}

/* The next multiple of a power of two; the caller knows that it fits. */
static inline uint64_t pvgpu_round_up(uint64_t value, uint64_t power_of_two)
{
    return (value + power_of_two - 1) & ~(power_of_two - 1);
}

static inline bool pvgpu_is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

#endif
