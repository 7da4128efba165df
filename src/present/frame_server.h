/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Private to the frame channel: its state, and the thread that serves the endpoint.
 *
 * `lock` guards what both threads touch; the list of attached consumers changes only in the server thread, the mapping
 * only in the render thread, both with the lock held. So each may read its own without it.
 */
#ifndef PVGPU_PRESENT_FRAME_SERVER_H
#define PVGPU_PRESENT_FRAME_SERVER_H

#include "os/event.h"
#include "os/thread.h"
#include "present/frame_channel.h"
#include "present/frame_port.h"
#include "present/frame_slots.h"

#include <stdatomic.h>

/* Attached consumers, and a few more that have not said who they are or are about to be refused. */
#define PVGPU_FRAME_MAX_PEERS (PVGPU_FRAMES_MAX_CONSUMERS + 4u)

/* One connection. Server thread, but for the fields that say otherwise. */
struct pvgpu_frame_consumer {
    struct pvgpu_stream *stream; /* owned; NULL: this entry is free */
    int64_t process_id;
    uint64_t greeting_deadline_ns; /* until then it must have said HELLO */
    struct pvgpu_frames_request request; /* the one that is under way */
    size_t received; /* bytes of it */
    uint32_t generation_sent; /* 0: none */
    uint32_t generation_mapped; /* as the consumer has confirmed */
    bool attached; /* lock */
    bool lossless; /* set before attached */
    bool late; /* render thread: it let a wait time out; no wait for it until `taken` changes */
    uint64_t late_taken; /* render thread: `taken` at that time */
    struct pvgpu_frame_memory hold; /* owned; set while attached */
    struct pvgpu_frame_bell bell; /* owned; set while attached */
};

struct pvgpu_frame_channel {
    struct pvgpu_log log;
    struct pvgpu_event *wake; /* lent */
    uint32_t slot_count;
    uint64_t max_bytes;
    char vm[PVGPU_FRAMES_VM_NAME_BYTES];

    /* render thread */
    struct pvgpu_frame_slots slots;
    bool slot_open;
    uint64_t dropped; /* frames that are finally lost */
    bool withheld; /* the frame below was refused; it may be asked for again */
    uint64_t withheld_epoch, withheld_frame;
    uint64_t published_epoch, published_frame; /* newest published; 0: none that is still worth anything */
    uint64_t wait_since_ns; /* 0: not waiting; else for the frame below */
    uint64_t wait_epoch, wait_frame;
    uint64_t no_memory_until_ns; /* no new mapping is tried before that time */
    struct pvgpu_log_limit complaints;
    uint64_t mappings;

    /* both */
    struct pvgpu_mutex lock;
    struct pvgpu_frame_memory memory; /* lock */
    uint32_t generation; /* lock; of memory */
    bool abandoned; /* lock; nobody was attached since memory was made: frames have gone by */
    uint64_t publications; /* lock */
    uint64_t dropped_shared; /* lock; `dropped` for newcomers */
    uint64_t attached_ever; /* lock */
    struct pvgpu_frame_consumer consumers[PVGPU_FRAME_MAX_PEERS];
    _Atomic uint32_t attached; /* written by the server thread with the lock; a plain count, orders nothing */
    _Atomic bool look_again; /* set by the server thread, taken by wants_last; the lock orders what goes with it */
    _Atomic bool stopping; /* set by destroy; the event orders it */

    /* server thread */
    struct pvgpu_event event; /* mapping replaced, or stopping */
    struct pvgpu_frame_port port;
    struct pvgpu_log_limit visits; /* consumers that come and go, or are refused */
    struct pvgpu_thread thread;
};

/* Before the thread starts: attaches who is waiting at the endpoint already, so that no first frame passes them by. */
void pvgpu_frame_server_welcome(struct pvgpu_frame_channel *channel);

/* The server thread's main; argument: the channel. */
void pvgpu_frame_server_run(void *argument);

#endif
