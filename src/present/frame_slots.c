/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/frame_slots.h"

#include "base/checked.h"

#include <string.h>

#define PAGE_BYTES 4096u

/*
 * A consumer that moves from slot to slot during one look can make more slots seem held than ever were at once. It
 * only moves towards the newest frame, which stays the same meanwhile, so it soon comes to rest.
 */
#define PASSES 4

uint64_t pvgpu_frame_slots_bytes(uint32_t count, uint64_t slot_bytes, uint64_t *stride)
{
    *stride = pvgpu_round_up(slot_bytes, PAGE_BYTES);
    return PVGPU_FRAMES_HEADER_BYTES + count * *stride;
}

void pvgpu_frame_slots_init(struct pvgpu_frame_slots *slots, void *base, uint32_t count, uint64_t stride,
                            uint32_t generation, const char *vm)
{
    struct pvgpu_frames_header *header = base;
    *slots = (struct pvgpu_frame_slots){.header = header, .stride = stride, .count = count, .generation = generation};
    header->magic = PVGPU_FRAMES_MAGIC;
    header->version = PVGPU_FRAMES_LAYOUT_VERSION;
    header->header_bytes = PVGPU_FRAMES_HEADER_BYTES;
    header->slot_count = count;
    header->slot_stride = stride;
    header->generation = generation;
    size_t length = strlen(vm);
    if (length >= sizeof(header->vm_name))
        length = sizeof(header->vm_name) - 1;
    memcpy(header->vm_name, vm, length);
}

static bool is_held(const struct pvgpu_frame_slots *slots, uint32_t slot, const struct pvgpu_frames_hold *const *holds,
                    size_t hold_count)
{
    uint64_t name = PVGPU_FRAMES_HOLD(slots->generation, slot);
    for (size_t i = 0; i < hold_count; i++) {
        if (__atomic_load_n(&holds[i]->held, __ATOMIC_SEQ_CST) == name)
            return true;
    }
    return false;
}

/* P1 to P3: after marking, a hold that is not seen yet cannot become valid any more. */
static bool claim(struct pvgpu_frame_slots *slots, uint32_t slot, const struct pvgpu_frames_hold *const *holds,
                  size_t hold_count)
{
    uint64_t *sequence = &slots->header->slots[slot].sequence;
    __atomic_store_n(sequence, slots->sequence[slot] + 1, __ATOMIC_SEQ_CST);
    if (!is_held(slots, slot, holds, hold_count)) {
        slots->sequence[slot]++;
        return true;
    }
    __atomic_store_n(sequence, slots->sequence[slot], __ATOMIC_RELEASE);
    return false;
}

/* One look at every slot. */
static uint32_t open_pass(struct pvgpu_frame_slots *slots, const struct pvgpu_frames_hold *const *holds,
                          size_t hold_count, bool *disturbed)
{
    uint32_t newest = slots->newest ? PVGPU_FRAMES_NEWEST_SLOT(slots->newest) : PVGPU_FRAME_NO_SLOT;
    uint32_t tried = 0; /* bit mask */
    for (;;) {
        /* The one with the smallest publication comes first; so the newest comes last by itself. */
        uint32_t oldest = PVGPU_FRAME_NO_SLOT;
        for (uint32_t i = 0; i < slots->count; i++) {
            if (tried & 1u << i)
                continue;
            if (oldest == PVGPU_FRAME_NO_SLOT || slots->publication[i] < slots->publication[oldest])
                oldest = i;
        }
        if (oldest == PVGPU_FRAME_NO_SLOT)
            return PVGPU_FRAME_NO_SLOT;
        tried |= 1u << oldest;
        /* A look beforehand, so that a slot which is plainly held is not marked for nothing. */
        if (is_held(slots, oldest, holds, hold_count))
            continue;
        if (claim(slots, oldest, holds, hold_count))
            return oldest;
        if (oldest == newest)
            *disturbed = true;
    }
}

uint32_t pvgpu_frame_slots_open(struct pvgpu_frame_slots *slots, const struct pvgpu_frames_hold *const *holds,
                                size_t hold_count, bool *disturbed)
{
    *disturbed = false;
    for (int pass = 0; pass < PASSES; pass++) {
        uint32_t slot = open_pass(slots, holds, hold_count, disturbed);
        if (slot != PVGPU_FRAME_NO_SLOT)
            return slot;
    }
    return PVGPU_FRAME_NO_SLOT;
}

void *pvgpu_frame_slots_pixels(const struct pvgpu_frame_slots *slots, uint32_t slot)
{
    return (uint8_t *)slots->header + PVGPU_FRAMES_HEADER_BYTES + slot * slots->stride;
}

void pvgpu_frame_slots_publish(struct pvgpu_frame_slots *slots, uint32_t slot, uint64_t publication, uint64_t dropped,
                               const struct pvgpu_frame_info *info)
{
    struct pvgpu_frames_slot *shared = &slots->header->slots[slot];
    shared->publication = publication;
    shared->dropped = dropped;
    shared->info = *info;
    slots->publication[slot] = publication;
    slots->newest = PVGPU_FRAMES_NEWEST(publication, slot);
    __atomic_store_n(&shared->sequence, ++slots->sequence[slot], __ATOMIC_RELEASE);
    __atomic_store_n(&slots->header->newest, slots->newest, __ATOMIC_SEQ_CST);
}

void pvgpu_frame_slots_cancel(struct pvgpu_frame_slots *slots, uint32_t slot)
{
    if (slots->newest && PVGPU_FRAMES_NEWEST_SLOT(slots->newest) == slot) {
        slots->newest = 0;
        __atomic_store_n(&slots->header->newest, 0, __ATOMIC_SEQ_CST);
    }
    /* A consumer that read `newest` long ago may still come here; it must not take half a frame for a whole one. */
    slots->header->slots[slot].publication = 0;
    slots->publication[slot] = 0;
    __atomic_store_n(&slots->header->slots[slot].sequence, ++slots->sequence[slot], __ATOMIC_RELEASE);
}

void pvgpu_frame_slots_set_starved(struct pvgpu_frame_slots *slots, bool starved)
{
    __atomic_store_n(&slots->header->starved, starved ? 1 : 0, __ATOMIC_SEQ_CST);
}

void pvgpu_frame_slots_retire(struct pvgpu_frame_slots *slots)
{
    __atomic_store_n(&slots->header->retired, 1, __ATOMIC_RELEASE);
}
