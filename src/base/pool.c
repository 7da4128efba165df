/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define SEPARATE_CELLS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEPARATE_CELLS 1
#endif
#endif

#ifdef SEPARATE_CELLS

void *pvgpu_pool_take(struct pvgpu_pool *pool, size_t size)
{
    (void)pool;
    return calloc(1, size);
}

void pvgpu_pool_give(struct pvgpu_pool *pool, void *memory, size_t size)
{
    (void)pool;
    (void)size;
    free(memory);
}

void pvgpu_pool_finish(struct pvgpu_pool *pool)
{
    (void)pool;
}

#else

#define ALIGNMENT 16u
#define SMALL_MOST 256u /* sizes up to here are rounded up to ALIGNMENT, larger ones to a power of two */
#define CHUNK_BYTES 65536u

struct pvgpu_pool_cell {
    struct pvgpu_pool_cell *next;
};

struct pvgpu_pool_chunk {
    struct pvgpu_pool_chunk *next;
    _Alignas(ALIGNMENT) uint8_t cells[];
};

static uint32_t size_index(size_t size, size_t *rounded)
{
    assert(size > 0 && size <= PVGPU_POOL_LARGEST);
    if (size <= SMALL_MOST) {
        uint32_t index = (uint32_t)(size - 1) / ALIGNMENT;
        *rounded = (index + 1) * ALIGNMENT;
        return index;
    }
    uint32_t index = SMALL_MOST / ALIGNMENT;
    for (*rounded = SMALL_MOST * 2; *rounded < size; *rounded *= 2)
        index++;
    return index;
}

void *pvgpu_pool_take(struct pvgpu_pool *pool, size_t size)
{
    size_t rounded;
    uint32_t index = size_index(size, &rounded);
    struct pvgpu_pool_cell *cell = pool->sizes[index].free;
    if (cell) {
        pool->sizes[index].free = cell->next;
        return memset(cell, 0, rounded);
    }
    uint8_t *fresh = pool->sizes[index].fresh;
    if (!fresh || (size_t)(pool->sizes[index].fresh_end - fresh) < rounded) {
        struct pvgpu_pool_chunk *chunk = malloc(CHUNK_BYTES);
        if (!chunk)
            return NULL;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
        fresh = chunk->cells;
        pool->sizes[index].fresh_end = (uint8_t *)chunk + CHUNK_BYTES;
    }
    pool->sizes[index].fresh = fresh + rounded;
    return memset(fresh, 0, rounded);
}

void pvgpu_pool_give(struct pvgpu_pool *pool, void *memory, size_t size)
{
    size_t rounded;
    struct pvgpu_pool_cell *cell = memory;
    if (!cell)
        return;
    uint32_t index = size_index(size, &rounded);
    cell->next = pool->sizes[index].free;
    pool->sizes[index].free = cell;
}

void pvgpu_pool_finish(struct pvgpu_pool *pool)
{
    while (pool->chunks) {
        struct pvgpu_pool_chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        free(chunk);
    }
    *pool = (struct pvgpu_pool){0};
}

#endif
