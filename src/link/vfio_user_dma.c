/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "link/vfio_user_dma.h"

#include "base/checked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first range that ends at or after `address`; `count` if there is none. */
static size_t find(const struct pvgpu_vfio_dma *dma, uint64_t address)
{
    size_t low = 0, high = dma->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (dma->ranges[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool reserve(struct pvgpu_vfio_dma *dma)
{
    if (dma->count < dma->capacity)
        return true;
    const size_t capacity = dma->capacity ? 2 * dma->capacity : 64;
    struct pvgpu_vfio_dma_range *ranges = realloc(dma->ranges, capacity * sizeof(*ranges));
    if (!ranges)
        return false;
    dma->ranges = ranges;
    dma->capacity = capacity;
    return true;
}

static bool to_range(uint64_t address, uint64_t size, struct pvgpu_vfio_dma_range *range)
{
    range->first = address;
    return size != 0 && pvgpu_add_u64(address, size - 1, &range->last);
}

uint32_t pvgpu_vfio_dma_map(struct pvgpu_vfio_dma *dma, uint64_t address, uint64_t size)
{
    struct pvgpu_vfio_dma_range range;
    if (!to_range(address, size, &range))
        return EINVAL;
    const size_t at = find(dma, range.first);
    if (at < dma->count && dma->ranges[at].first <= range.last)
        return EEXIST;
    if (dma->count == PVGPU_VFIO_MAX_DMA_MAPS)
        return ENOSPC;
    if (!reserve(dma))
        return ENOMEM;
    memmove(&dma->ranges[at + 1], &dma->ranges[at], (dma->count - at) * sizeof(range));
    dma->ranges[at] = range;
    dma->count++;
    return 0;
}

uint32_t pvgpu_vfio_dma_unmap(struct pvgpu_vfio_dma *dma, uint64_t address, uint64_t size)
{
    struct pvgpu_vfio_dma_range span;
    if (!to_range(address, size, &span))
        return EINVAL;
    const size_t first = find(dma, span.first);
    size_t end = first;
    while (end < dma->count && dma->ranges[end].first <= span.last)
        end++;
    if (end == first)
        return 0;
    if (dma->ranges[first].first < span.first || dma->ranges[end - 1].last > span.last)
        return ENOENT;
    memmove(&dma->ranges[first], &dma->ranges[end], (dma->count - end) * sizeof(span));
    dma->count -= end - first;
    return 0;
}

void pvgpu_vfio_dma_clear(struct pvgpu_vfio_dma *dma)
{
    free(dma->ranges);
    *dma = (struct pvgpu_vfio_dma){.count = 0};
}
