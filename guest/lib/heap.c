/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "pvgpu/guest.h"

#define GRANULE 16u /* smallest alignment, and what sizes are rounded up to: keeps blocks from touching mid-line */

/* 64-bit throughout: no sum of two u32 values can wrap. */
struct pvgpu_heap_range {
    uint64_t start, end; /* end is exclusive; never empty */
    uint64_t fence; /* pending ranges only */
};

static uint64_t align_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static bool grow(struct pvgpu_heap_range **ranges, size_t count, size_t *capacity)
{
    if (count < *capacity) {
        return true;
    }
    size_t wanted = *capacity ? *capacity * 2 : 32;
    struct pvgpu_heap_range *more = realloc(*ranges, wanted * sizeof **ranges);
    if (!more) {
        pvgpu_platform_log("no memory for %zu heap ranges", wanted);
        return false;
    }
    *ranges = more;
    *capacity = wanted;
    return true;
}

static void remove_free(struct pvgpu_heap *heap, size_t at)
{
    memmove(&heap->free_ranges[at], &heap->free_ranges[at + 1],
            (heap->free_count - at - 1) * sizeof *heap->free_ranges);
    heap->free_count--;
}

static bool insert_free(struct pvgpu_heap *heap, size_t at, uint64_t start, uint64_t end)
{
    if (!grow(&heap->free_ranges, heap->free_count, &heap->free_capacity)) {
        return false;
    }
    memmove(&heap->free_ranges[at + 1], &heap->free_ranges[at], (heap->free_count - at) * sizeof *heap->free_ranges);
    heap->free_ranges[at] = (struct pvgpu_heap_range){.start = start, .end = end};
    heap->free_count++;
    return true;
}

/* Index of the first free range that starts at or after `offset`. */
static size_t lower_bound(const struct pvgpu_heap *heap, uint64_t offset)
{
    size_t low = 0, high = heap->free_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (heap->free_ranges[middle].start < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Merges [start, end), known to overlap nothing, into the free ranges. */
static bool make_free(struct pvgpu_heap *heap, uint64_t start, uint64_t end)
{
    size_t at = lower_bound(heap, start);
    bool joins_before = at > 0 && heap->free_ranges[at - 1].end == start;
    bool joins_after = at < heap->free_count && heap->free_ranges[at].start == end;
    if (joins_before && joins_after) {
        heap->free_ranges[at - 1].end = heap->free_ranges[at].end;
        remove_free(heap, at);
    } else if (joins_before) {
        heap->free_ranges[at - 1].end = end;
    } else if (joins_after) {
        heap->free_ranges[at].start = start;
    } else if (!insert_free(heap, at, start, end)) {
        return false;
    }
    heap->free_bytes += end - start;
    return true;
}

bool pvgpu_heap_init(struct pvgpu_heap *heap, uint32_t bytes)
{
    *heap = (struct pvgpu_heap){.bytes = bytes};
    uint64_t end = (uint64_t)bytes & ~(uint64_t)(GRANULE - 1);
    return end <= PVGPU_HEAP_ALIGNMENT || make_free(heap, PVGPU_HEAP_ALIGNMENT, end);
}

void pvgpu_heap_finish(struct pvgpu_heap *heap)
{
    free(heap->free_ranges);
    free(heap->pending);
    *heap = (struct pvgpu_heap){0};
}

/* Cuts [start, end) out of free range `at`. */
static bool take(struct pvgpu_heap *heap, size_t at, uint64_t start, uint64_t end)
{
    struct pvgpu_heap_range range = heap->free_ranges[at];
    if (range.start < start && end < range.end) {
        /* The tail first: if there is no memory for it, nothing has changed. */
        if (!insert_free(heap, at + 1, end, range.end)) {
            return false;
        }
        heap->free_ranges[at].end = start;
    } else if (range.start < start) {
        heap->free_ranges[at].end = start;
    } else if (end < range.end) {
        heap->free_ranges[at].start = end;
    } else {
        remove_free(heap, at);
    }
    heap->free_bytes -= end - start;
    return true;
}

struct pvgpu_heap_block pvgpu_heap_alloc(struct pvgpu_heap *heap, uint64_t bytes, uint32_t alignment)
{
    const struct pvgpu_heap_block none = {0, 0};
    if (alignment == 0) {
        alignment = PVGPU_HEAP_ALIGNMENT;
    } else if (alignment < GRANULE) {
        alignment = GRANULE;
    }
    if (bytes == 0 || bytes > heap->bytes || (alignment & (alignment - 1)) != 0) {
        return none;
    }
    uint64_t rounded = align_up(bytes, GRANULE);
    for (size_t i = 0; i < heap->free_count; i++) {
        uint64_t start = align_up(heap->free_ranges[i].start, alignment);
        if (start >= heap->free_ranges[i].end || heap->free_ranges[i].end - start < rounded) {
            continue;
        }
        if (!take(heap, i, start, start + rounded)) {
            return none;
        }
        return (struct pvgpu_heap_block){.offset = (uint32_t)start, .bytes = (uint32_t)rounded};
    }
    return none;
}

static bool overlaps(const struct pvgpu_heap_range *ranges, size_t count, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].start < end && start < ranges[i].end) {
            return true;
        }
    }
    return false;
}

bool pvgpu_heap_free_after(struct pvgpu_heap *heap, struct pvgpu_heap_block block, uint64_t fence)
{
    uint64_t start = block.offset, end = start + block.bytes;
    if (block.bytes == 0 || start < PVGPU_HEAP_ALIGNMENT || end > heap->bytes || block.offset % GRANULE != 0 ||
        block.bytes % GRANULE != 0) {
        pvgpu_platform_log("heap block %" PRIu32 "+%" PRIu32 " was never handed out", block.offset, block.bytes);
        return false;
    }
    if (overlaps(heap->free_ranges, heap->free_count, start, end) ||
        overlaps(heap->pending, heap->pending_count, start, end)) {
        pvgpu_platform_log("heap block %" PRIu32 "+%" PRIu32 " is given back twice", block.offset, block.bytes);
        return false;
    }
    if (fence == 0) {
        return make_free(heap, start, end);
    }
    if (!grow(&heap->pending, heap->pending_count, &heap->pending_capacity)) {
        return false;
    }
    heap->pending[heap->pending_count++] = (struct pvgpu_heap_range){.start = start, .end = end, .fence = fence};
    return true;
}

void pvgpu_heap_reclaim(struct pvgpu_heap *heap, uint64_t completed)
{
    size_t kept = 0;
    for (size_t i = 0; i < heap->pending_count; i++) {
        struct pvgpu_heap_range range = heap->pending[i];
        /* Out of memory: it stays pending and is tried again at the next reclaim. */
        if (range.fence > completed || !make_free(heap, range.start, range.end)) {
            heap->pending[kept++] = range;
        }
    }
    heap->pending_count = kept;
}

uint64_t pvgpu_heap_oldest_fence(const struct pvgpu_heap *heap)
{
    uint64_t oldest = 0;
    for (size_t i = 0; i < heap->pending_count; i++) {
        if (oldest == 0 || heap->pending[i].fence < oldest) {
            oldest = heap->pending[i].fence;
        }
    }
    return oldest;
}
