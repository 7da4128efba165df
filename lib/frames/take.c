/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "take.h"

#define PAGE_BYTES UINT64_C(4096)
#define ATTEMPTS 1000 /* collisions in a row before the event is waited for again; each needs a new frame to happen */

bool pvgpu_frames_view_init(struct pvgpu_frames_view *view, const void *base, uint64_t bytes, uint32_t generation)
{
    const struct pvgpu_frames_header *header = base;
    if (bytes < PVGPU_FRAMES_HEADER_BYTES)
        return false;
    uint32_t count = header->slot_count;
    uint64_t stride = header->slot_stride;
    if (header->magic != PVGPU_FRAMES_MAGIC || header->version != PVGPU_FRAMES_LAYOUT_VERSION ||
        header->header_bytes != PVGPU_FRAMES_HEADER_BYTES || header->generation != generation)
        return false;
    if (count < 2 || count > PVGPU_FRAMES_MAX_SLOTS || stride == 0 || stride % PAGE_BYTES != 0 ||
        stride > (bytes - PVGPU_FRAMES_HEADER_BYTES) / count)
        return false;
    view->header = header;
    view->slot_count = count;
    view->slot_stride = stride;
    view->generation = generation;
    return true;
}

static uint32_t bytes_per_pixel(uint32_t format)
{
    switch (format) {
    case 10: /* R16G16B16A16_FLOAT */
        return 8;
    case 24: /* R10G10B10A2_UNORM */
    case 28: /* R8G8B8A8_UNORM */
    case 29: /* R8G8B8A8_UNORM_SRGB */
    case 87: /* B8G8R8A8_UNORM */
    case 91: /* B8G8R8A8_UNORM_SRGB */
        return 4;
    default:
        return 0;
    }
}

static bool is_valid_info(const struct pvgpu_frame_info *info, uint64_t stride)
{
    uint32_t bytes = bytes_per_pixel(info->format);
    return bytes != 0 && info->width != 0 && info->height != 0 && (uint64_t)info->width * bytes <= info->pitch &&
           (uint64_t)info->pitch * info->height <= stride;
}

enum pvgpu_frames_take pvgpu_frames_take_newest(const struct pvgpu_frames_view *view, uint64_t after,
                                                struct pvgpu_frames_taken *taken, uint64_t *retries)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t newest = __atomic_load_n(&view->header->newest, __ATOMIC_ACQUIRE);
        if (newest == 0 || PVGPU_FRAMES_NEWEST_PUBLICATION(newest) <= after)
            break;
        uint32_t index = PVGPU_FRAMES_NEWEST_SLOT(newest);
        if (index >= view->slot_count)
            return PVGPU_FRAMES_TAKE_BROKEN;
        const struct pvgpu_frames_slot *slot = &view->header->slots[index];
        uint64_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_SEQ_CST);
        if (sequence & 1) {
            /* Being replaced. Another is published soon, and signalled; so is a change of mind. */
            if (__atomic_load_n(&view->header->newest, __ATOMIC_ACQUIRE) == newest)
                break;
            ++*retries;
            continue;
        }
        __atomic_store_n(&view->hold->held, PVGPU_FRAMES_HOLD(view->generation, index), __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&slot->sequence, __ATOMIC_SEQ_CST) != sequence) {
            ++*retries;
            continue;
        }
        if (slot->publication <= after) {
            ++*retries; /* given up half-way by the producer, after we read `newest` */
            continue;
        }
        taken->slot = index;
        taken->publication = slot->publication;
        taken->dropped = slot->dropped;
        taken->info = slot->info;
        taken->pixels = (const uint8_t *)view->header + PVGPU_FRAMES_HEADER_BYTES + index * view->slot_stride;
        if (!is_valid_info(&taken->info, view->slot_stride)) {
            pvgpu_frames_let_go(view);
            return PVGPU_FRAMES_TAKE_BROKEN;
        }
        __atomic_store_n(&view->hold->taken, taken->publication, __ATOMIC_SEQ_CST);
        return PVGPU_FRAMES_TAKE_DONE;
    }
    pvgpu_frames_let_go(view);
    return PVGPU_FRAMES_TAKE_NONE;
}

void pvgpu_frames_let_go(const struct pvgpu_frames_view *view)
{
    if (__atomic_load_n(&view->hold->held, __ATOMIC_RELAXED) != 0)
        __atomic_store_n(&view->hold->held, 0, __ATOMIC_SEQ_CST);
}

bool pvgpu_frames_is_starved(const struct pvgpu_frames_view *view)
{
    return __atomic_load_n(&view->header->starved, __ATOMIC_SEQ_CST) != 0;
}
