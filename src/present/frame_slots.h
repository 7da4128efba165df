/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The producer's side of the slot protocol (include/pvgpu/frames.h, part 2), on plain memory: it knows nothing of
 * connections, mappings or the GPU. Owned by one thread. Everything that it decides by is a private copy; from shared
 * memory it reads the consumers' hold words and nothing else.
 */
#ifndef PVGPU_PRESENT_FRAME_SLOTS_H
#define PVGPU_PRESENT_FRAME_SLOTS_H

#include "pvgpu/frames.h"

#include <stdbool.h>

#define PVGPU_FRAME_NO_SLOT UINT32_MAX

struct pvgpu_frame_slots {
    struct pvgpu_frames_header *header; /* start of the mapping; NULL: none */
    uint64_t stride; /* bytes of a slot */
    uint32_t count;
    uint32_t generation;
    uint64_t newest; /* as in the header */
    uint64_t sequence[PVGPU_FRAMES_MAX_SLOTS];
    uint64_t publication[PVGPU_FRAMES_MAX_SLOTS]; /* 0: never published */
};

/* Bytes of a mapping of `count` slots that take `slot_bytes` each; slot_bytes is at most 2^48. */
uint64_t pvgpu_frame_slots_bytes(uint32_t count, uint64_t slot_bytes, uint64_t *stride);

/* Writes the header at `base`, which is zeroed memory of that many bytes. `vm` is cut to what fits. */
void pvgpu_frame_slots_init(struct pvgpu_frame_slots *slots, void *base, uint32_t count, uint64_t stride,
                            uint32_t generation, const char *vm);

/*
 * Picks the longest unused slot that none of the hold pages names and marks it as being written; the newest one is
 * taken only if there is no other. PVGPU_FRAME_NO_SLOT when all are held.
 * *disturbed is set when a consumer may have been turned away from the newest frame although it stays: the caller
 * signals the events once.
 */
uint32_t pvgpu_frame_slots_open(struct pvgpu_frame_slots *slots, const struct pvgpu_frames_hold *const *holds,
                                size_t hold_count, bool *disturbed);

/* Where the pixels of a slot go. */
void *pvgpu_frame_slots_pixels(const struct pvgpu_frame_slots *slots, uint32_t slot);

/* Makes an opened slot the newest frame. Publications grow. */
void pvgpu_frame_slots_publish(struct pvgpu_frame_slots *slots, uint32_t slot, uint64_t publication, uint64_t dropped,
                               const struct pvgpu_frame_info *info);

/* Gives an opened slot back unpublished. If it was the newest, there is no newest frame any more. */
void pvgpu_frame_slots_cancel(struct pvgpu_frame_slots *slots, uint32_t slot);

/* Tells consumers that they will be woken for, or no longer (pairs with their hold and taken words). */
void pvgpu_frame_slots_set_starved(struct pvgpu_frame_slots *slots, bool starved);

/* Tells consumers that another generation takes over. */
void pvgpu_frame_slots_retire(struct pvgpu_frame_slots *slots);

#endif
