/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "shm/layout.h"

#include "base/checked.h"

#include <stdatomic.h>

static uint32_t read_once(const uint32_t *word)
{
    return atomic_load_explicit((const _Atomic uint32_t *)word, memory_order_relaxed);
}

void pvgpu_layout_read(const struct pvgpu_control_region *region, struct pvgpu_layout_words *words)
{
    *words = (struct pvgpu_layout_words){
        .magic = read_once(&region->magic),
        .version = read_once(&region->version),
        .ring_offset = read_once(&region->ring_offset),
        .ring_bytes = read_once(&region->ring_bytes),
        .heap_offset = read_once(&region->heap_offset),
        .heap_bytes = read_once(&region->heap_bytes),
    };
}

static bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

const char *pvgpu_layout_check(const struct pvgpu_layout_words *words, uint64_t total, struct pvgpu_layout *layout)
{
    const uint32_t aligned = PVGPU_COMMAND_ALIGNMENT - 1;
    if (words->magic != PVGPU_MAGIC)
        return "the magic number is wrong";
    if (PVGPU_VERSION_MAJOR(words->version) != PVGPU_VERSION_MAJOR(PVGPU_VERSION_1_0))
        return "the major protocol version is not 1";
    if ((words->ring_offset | words->ring_bytes) & aligned)
        return "ring offset and length must be multiples of 16";
    if (words->heap_offset & aligned)
        return "the heap offset must be a multiple of 16";
    if (words->ring_bytes < PVGPU_COMMAND_MAX_BYTES)
        return "the ring is shorter than the longest command";
    if (words->heap_bytes == 0)
        return "the heap is empty";
    if (!pvgpu_range_fits(total, words->ring_offset, words->ring_bytes))
        return "the ring reaches beyond the mapping";
    if (!pvgpu_range_fits(total, words->heap_offset, words->heap_bytes))
        return "the heap reaches beyond the mapping";
    if (words->ring_offset < PVGPU_CONTROL_BYTES)
        return "the ring overlaps the control region";
    if (words->heap_offset < PVGPU_CONTROL_BYTES)
        return "the heap overlaps the control region";
    /* Both fit a 64-bit total, so the sums below cannot overflow. */
    if (overlap(words->ring_offset, words->ring_bytes, words->heap_offset, words->heap_bytes))
        return "ring and heap overlap";
    *layout = (struct pvgpu_layout){
        .ring_offset = words->ring_offset,
        .ring_bytes = words->ring_bytes,
        .heap_offset = words->heap_offset,
        .heap_bytes = words->heap_bytes,
    };
    return NULL;
}
