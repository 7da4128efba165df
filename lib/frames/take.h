/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The consumer's side of the slot protocol (include/pvgpu/frames.h, part 2), on plain memory: it knows nothing of
 * connections or mappings, so that a test can run it against the producer's side in one address space. One thread.
 */
#ifndef PVGPU_LIB_FRAMES_TAKE_H
#define PVGPU_LIB_FRAMES_TAKE_H

#include "pvgpu/frames.h"

#include <stdbool.h>

/* One generation as the consumer sees it; the counts are checked copies, never read from the mapping again. */
struct pvgpu_frames_view {
    const struct pvgpu_frames_header *header; /* start of the mapping; NULL: none */
    struct pvgpu_frames_hold *hold; /* this consumer's */
    uint64_t slot_stride; /* bytes */
    uint32_t slot_count;
    uint32_t generation;
};

enum pvgpu_frames_take {
    PVGPU_FRAMES_TAKE_DONE,
    PVGPU_FRAMES_TAKE_NONE, /* nothing newer; the event will tell */
    PVGPU_FRAMES_TAKE_BROKEN, /* the producer's description of the frame makes no sense */
};

/* What a successful take found: copies. */
struct pvgpu_frames_taken {
    uint32_t slot;
    uint64_t publication;
    uint64_t dropped;
    struct pvgpu_frame_info info;
    const void *pixels;
};

/* Checks a header of `bytes` mapped bytes and fills the view (not its hold). False: not a mapping of this version. */
bool pvgpu_frames_view_init(struct pvgpu_frames_view *view, const void *base, uint64_t bytes, uint32_t generation);

/*
 * Holds the newest frame if its publication is above `after`, and stores it as `taken` in the hold page. Whatever was
 * held before is let go. *retries counts collisions with the producer.
 */
enum pvgpu_frames_take pvgpu_frames_take_newest(const struct pvgpu_frames_view *view, uint64_t after,
                                                struct pvgpu_frames_taken *taken, uint64_t *retries);

/* Lets go of whatever is held. */
void pvgpu_frames_let_go(const struct pvgpu_frames_view *view);

/* Whether the producer wants to be woken; asked after a take or a let-go. */
bool pvgpu_frames_is_starved(const struct pvgpu_frames_view *view);

#endif
