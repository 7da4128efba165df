/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Memory for very many small things that come and go: cells of a few sizes out of chunks, free cells in one list a size.
 * Taking and giving back take the same few instructions whatever happened before. (A general allocator is quick on
 * average, but merges what was freed when it likes: after a million objects were destroyed, one later allocation pays
 * for all of them.) Memory returns to the system's allocator when the pool is finished.
 *
 * One thread at a time. With AddressSanitizer each cell is an allocation of its own, so that it sees every mistake.
 */
#ifndef PVGPU_BASE_POOL_H
#define PVGPU_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#define PVGPU_POOL_LARGEST 4096u /* bytes of a cell */
#define PVGPU_POOL_SIZES 20u /* multiples of 16 up to 256, then powers of two */

struct pvgpu_pool_cell; /* a free one */
struct pvgpu_pool_chunk;

/* All zero: empty and ready. */
struct pvgpu_pool {
    struct pvgpu_pool_chunk *chunks; /* owned; may be NULL */
    struct {
        struct pvgpu_pool_cell *free; /* may be NULL */
        uint8_t *fresh; /* cells that nobody had yet, in the newest chunk of this size; may be NULL */
        uint8_t *fresh_end;
    } sizes[PVGPU_POOL_SIZES];
};

/* Zeroed memory of 1 to PVGPU_POOL_LARGEST bytes, aligned to 16; NULL: out of memory. */
void *pvgpu_pool_take(struct pvgpu_pool *pool, size_t size);

/* Gives back what take returned for that size. NULL is fine. */
void pvgpu_pool_give(struct pvgpu_pool *pool, void *memory, size_t size);

/* Frees all chunks; every cell was given back. The pool can be used again. */
void pvgpu_pool_finish(struct pvgpu_pool *pool);

#endif
