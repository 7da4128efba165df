/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The frame channel, producer's side: publishes a VM's frames to the programs that attach to its frame endpoint.
 * What consumers see, and why slots are safe, is told in include/pvgpu/frames.h.
 *
 * Threads: the channel belongs to the render thread, which makes every call here. A thread of the channel's own
 * serves the endpoint (accepts, checks who it is, hands over handles, notices the end of connections) and signals the
 * wake event; it never touches the GPU. Nothing here blocks for longer than a mutex that guards a few words.
 *
 * A render thread uses it like this:
 *   after a PRESENT: if pvgpu_frame_channel_wants_frames, queue a read-back; when the copy is complete:
 *     begin: READY:   copy the rows, then end (or cancel, if the epoch is over)
 *            WAIT:    keep the read-back, do not consume the ring past the buffer count; call begin again when the wake
 *                     event is signalled or wait_deadline_ns has come
 *            DROPPED: forget the read-back
 *   whenever the wake event was signalled and no publication is pending: if pvgpu_frame_channel_wants_last, read the
 *     last presented frame back and publish it the same way.
 */
#ifndef PVGPU_PRESENT_FRAME_CHANNEL_H
#define PVGPU_PRESENT_FRAME_CHANNEL_H

#include "base/log.h"
#include "os/event.h"
#include "pvgpu/frames.h"

#include <stdbool.h>
#include <stdint.h>

struct pvgpu_frame_channel;

struct pvgpu_frame_channel_config {
    const char *vm; /* the VM's name, shown to consumers */
    uint32_t slot_count; /* 2 to PVGPU_FRAMES_MAX_SLOTS; buffer_count + 1 */
    uint64_t max_bytes; /* of the frames mapping; frames that would need more are dropped, with a warning */
    pvgpu_handle listener; /* POSIX: a listening socket, taken by create; PVGPU_NO_HANDLE: open `path` instead */
    const char *path; /* endpoint to open when no listener is passed (always so on Windows); may be NULL then */
    struct pvgpu_event *wake; /* signalled when there is a reason to look again; lent for the channel's life */
    struct pvgpu_log log;
};

enum pvgpu_frame_begin {
    PVGPU_FRAME_READY, /* the slot is open: write it, then end or cancel */
    PVGPU_FRAME_WAIT, /* a lossless consumer is behind: call again when woken or at the deadline */
    PVGPU_FRAME_DROPPED, /* no slot, no memory, not presentable, or nobody there: this frame is not published */
};

/* An open slot. At most one is open at a time. */
struct pvgpu_frame_slot {
    void *pixels; /* READY: first row; `pitch` bytes a row; write only */
    uint32_t pitch; /* bytes, a multiple of PVGPU_FRAMES_PITCH_ALIGNMENT */
    uint32_t index;
    uint64_t wait_deadline_ns; /* WAIT: when to call begin again even if nothing happens (pvgpu_time_now_ns) */
    struct pvgpu_frame_info info; /* READY: as given, pitch filled in */
};

struct pvgpu_frame_channel_stats {
    uint64_t published;
    uint64_t dropped; /* frames that begin was asked for while consumers were attached, and that never got out */
    uint64_t mappings; /* made so far */
    uint64_t attached; /* consumers so far */
};

/*
 * Starts serving. The listener handle is taken in every case. NULL: logged.
 * A channel without listener and path is fine: nobody ever attaches, except in tests.
 */
struct pvgpu_frame_channel *pvgpu_frame_channel_create(const struct pvgpu_frame_channel_config *config);

/* Disconnects every consumer and stops the thread. NULL is fine. */
void pvgpu_frame_channel_destroy(struct pvgpu_frame_channel *channel);

/* Whether anybody is attached: no consumer, no read-back. One load; any thread. */
bool pvgpu_frame_channel_wants_frames(const struct pvgpu_frame_channel *channel);

/* How many are attached. Any thread. */
uint32_t pvgpu_frame_channel_consumers(const struct pvgpu_frame_channel *channel);

/*
 * Whether the last presented frame (its epoch and number; number 0: there is none) should be read back and published
 * although it is not new: a consumer has attached who has not seen it, or it was dropped and there may be room now.
 * True at most once for each such event. Also frees the mapping when nobody is attached any more.
 */
bool pvgpu_frame_channel_wants_last(struct pvgpu_frame_channel *channel, uint64_t epoch, uint64_t frame);

/*
 * Opens a slot for a frame. info->format must be a published one (present/frame_format.h); pitch and complete_ns are
 * not looked at. A frame that does not fit the mapping makes a new one, which consumers follow by themselves.
 * Asked again for the same epoch and frame after WAIT or DROPPED, it counts as the same frame.
 */
enum pvgpu_frame_begin pvgpu_frame_channel_begin(struct pvgpu_frame_channel *channel,
                                                 const struct pvgpu_frame_info *info, struct pvgpu_frame_slot *slot);

/* Publishes the slot that begin opened; its pixels are complete now. */
void pvgpu_frame_channel_end(struct pvgpu_frame_channel *channel, struct pvgpu_frame_slot *slot, uint64_t complete_ns);

/* Gives the open slot back; the frame is not published and not counted as dropped. */
void pvgpu_frame_channel_cancel(struct pvgpu_frame_channel *channel, struct pvgpu_frame_slot *slot);

void pvgpu_frame_channel_stats(struct pvgpu_frame_channel *channel, struct pvgpu_frame_channel_stats *stats);

#endif
