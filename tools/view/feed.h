/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Fetches a VM's frames in a thread of its own: attaches, takes the newest frame, converts it into a picture of our
 * own, lets the frame go at once, and has the newest picture ready. Whoever shows pictures never holds a frame, so a
 * slow screen costs the VM nothing. When the VM ends, it attaches again as soon as the endpoint is back.
 */
#ifndef PVGPU_TOOLS_VIEW_FEED_H
#define PVGPU_TOOLS_VIEW_FEED_H

#include "pvgpu/frames.h"

#include <stdbool.h>

struct view_feed;

struct view_picture {
    const uint8_t *pixels; /* blue, green, red, alpha; rows packed; valid until the next view_feed_take */
    uint32_t width, height;
    uint64_t present_ns; /* when the VM presented it (pvgpu_time_now_ns) */
    bool live; /* false for the first after attaching, which may have been presented long ago */
};

struct view_feed_status {
    bool attached; /* false: waiting for the endpoint, or for a VM behind it */
    char vm_name[PVGPU_FRAMES_VM_NAME_BYTES]; /* of the last VM, control characters replaced; may be empty */
    enum pvgpu_frames_result failure; /* OK, or why there will be no more pictures */
};

/*
 * `wake` is called in the feed's thread when there is something new, and whenever it could not attach or the VM has
 * ended. The path is lent. NULL: no memory, no thread.
 */
struct view_feed *view_feed_start(const char *path, void (*wake)(void *context), void *context);

/* The newest picture, if there is one that was not taken before. One thread. */
bool view_feed_take(struct view_feed *feed, struct view_picture *picture);

void view_feed_status(struct view_feed *feed, struct view_feed_status *status);

/*
 * Ends the thread and frees. False: it is waiting for an answer of the endpoint, which cannot be interrupted; then
 * nothing is freed, and the program must end without touching what `wake` uses, by _exit.
 */
bool view_feed_stop(struct view_feed *feed);

#endif
