/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pvgpu/frames.h"

#include "frames_os.h"
#include "take.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_MS UINT64_C(1000000)

struct pvgpu_frames {
    struct pvgpu_frames_os os;
    struct pvgpu_frames_view view; /* header NULL before the first mapping */
    uint64_t mapping_bytes;
    uint64_t last_publication; /* taken, or the newest when we attached */
    uint64_t after; /* publications up to this one are of no interest */
    uint64_t last_dropped; /* the producer's count that goes with it */
    enum pvgpu_frames_result final; /* ENDED, BROKEN or NO_MEMORY once it has come to that, else OK */
    int interrupted; /* an interrupt that no result has told of yet */
    struct pvgpu_frames_stats stats;
    char vm_name[PVGPU_FRAMES_VM_NAME_BYTES];
};

static uint64_t deadline_after(uint32_t timeout_ms)
{
    return timeout_ms == PVGPU_FRAMES_FOREVER ? PVGPU_FRAMES_NEVER : pvgpu_frames_os_now_ns() + timeout_ms * NS_PER_MS;
}

static void send_request(struct pvgpu_frames *frames, uint32_t type, uint32_t value, uint32_t flags)
{
    struct pvgpu_frames_request request = {.magic = PVGPU_FRAMES_MAGIC, .type = type, .value = value, .flags = flags};
    /* A connection that is gone shows itself when it is read next. */
    pvgpu_frames_os_send(&frames->os, &request);
}

static enum pvgpu_frames_result refusal_result(uint32_t refusal)
{
    switch (refusal) {
    case PVGPU_FRAMES_REFUSED_BUSY:
        return PVGPU_FRAMES_BUSY;
    case PVGPU_FRAMES_REFUSED_VERSION:
        return PVGPU_FRAMES_VERSION;
    case PVGPU_FRAMES_REFUSED_RESOURCES:
        return PVGPU_FRAMES_NO_MEMORY;
    default:
        return PVGPU_FRAMES_BROKEN;
    }
}

static enum pvgpu_frames_result accept_welcome(struct pvgpu_frames *frames, const struct pvgpu_frames_reply *reply,
                                               intptr_t handles[2])
{
    frames->view.hold = pvgpu_frames_os_map(handles[0], PVGPU_FRAMES_HOLD_BYTES, true);
    pvgpu_frames_os_close(handles[0]);
    frames->os.event = handles[1];
    frames->last_publication = reply->publications;
    frames->last_dropped = reply->dropped;
    /* The frame that is there already counts as new; not getting it does not count as missed. */
    frames->after = reply->publications > 0 ? reply->publications - 1 : 0;
    return frames->view.hold && handles[1] != PVGPU_FRAMES_NO_HANDLE ? PVGPU_FRAMES_OK : PVGPU_FRAMES_BROKEN;
}

static enum pvgpu_frames_result accept_mapping(struct pvgpu_frames *frames, const struct pvgpu_frames_reply *reply,
                                               intptr_t handle)
{
    void *base = pvgpu_frames_os_map(handle, reply->bytes, false);
    pvgpu_frames_os_close(handle);
    if (!base)
        return PVGPU_FRAMES_NO_MEMORY;
    struct pvgpu_frames_view view = {.hold = frames->view.hold};
    if (!pvgpu_frames_view_init(&view, base, reply->bytes, reply->value)) {
        pvgpu_frames_os_unmap(base, reply->bytes);
        return PVGPU_FRAMES_BROKEN;
    }
    if (frames->view.header) {
        pvgpu_frames_os_unmap((void *)(uintptr_t)frames->view.header, frames->mapping_bytes);
        frames->stats.mappings++;
    }
    frames->view = view;
    frames->mapping_bytes = reply->bytes;
    memcpy(frames->vm_name, view.header->vm_name, sizeof(frames->vm_name) - 1);
    send_request(frames, PVGPU_FRAMES_MAPPED, view.generation, 0);
    return PVGPU_FRAMES_OK;
}

/* Takes in every reply that is there. OK, or how it ended. */
static enum pvgpu_frames_result take_in_replies(struct pvgpu_frames *frames)
{
    for (;;) {
        struct pvgpu_frames_reply reply;
        intptr_t handles[2] = {PVGPU_FRAMES_NO_HANDLE, PVGPU_FRAMES_NO_HANDLE};
        enum pvgpu_frames_result result = pvgpu_frames_os_receive(&frames->os, &reply, handles);
        if (result == PVGPU_FRAMES_TIMEOUT)
            return PVGPU_FRAMES_OK;
        if (result != PVGPU_FRAMES_OK)
            return result;
        if (reply.type == PVGPU_FRAMES_REFUSED) {
            result = refusal_result(reply.value);
        } else if (reply.type == PVGPU_FRAMES_WELCOME && !frames->view.hold) {
            result = accept_welcome(frames, &reply, handles);
            handles[0] = handles[1] = PVGPU_FRAMES_NO_HANDLE;
        } else if (reply.type == PVGPU_FRAMES_MAPPING && frames->view.hold) {
            result = accept_mapping(frames, &reply, handles[0]);
            handles[0] = PVGPU_FRAMES_NO_HANDLE;
        } else {
            result = PVGPU_FRAMES_BROKEN;
        }
        pvgpu_frames_os_close(handles[0]);
        pvgpu_frames_os_close(handles[1]);
        if (result != PVGPU_FRAMES_OK)
            return result;
    }
}

enum pvgpu_frames_result pvgpu_frames_connect(const char *path, uint32_t flags, uint32_t timeout_ms,
                                              struct pvgpu_frames **result)
{
    *result = NULL;
    uint64_t deadline = deadline_after(timeout_ms);
    struct pvgpu_frames *frames = calloc(1, sizeof(*frames));
    if (!frames)
        return PVGPU_FRAMES_NO_MEMORY;
    enum pvgpu_frames_result state = pvgpu_frames_os_init(&frames->os, path, deadline);
    if (state == PVGPU_FRAMES_OK)
        send_request(frames, PVGPU_FRAMES_HELLO, PVGPU_FRAMES_LAYOUT_VERSION, flags);
    while (state == PVGPU_FRAMES_OK && !frames->view.hold) {
        if (!pvgpu_frames_os_wait(&frames->os, deadline))
            state = PVGPU_FRAMES_TIMEOUT;
        else
            state = take_in_replies(frames);
    }
    if (state != PVGPU_FRAMES_OK) {
        pvgpu_frames_close(frames);
        return state;
    }
    *result = frames;
    return PVGPU_FRAMES_OK;
}

/* Tells the producer, if it wants to know, that something was taken or let go. */
static void wake_producer(struct pvgpu_frames *frames)
{
    if (pvgpu_frames_is_starved(&frames->view))
        send_request(frames, PVGPU_FRAMES_WAKE, 0, 0);
}

static void describe(struct pvgpu_frames *frames, const struct pvgpu_frames_taken *taken, struct pvgpu_frame *frame)
{
    uint64_t skipped =
        taken->publication > frames->last_publication ? taken->publication - frames->last_publication - 1 : 0;
    uint64_t dropped = taken->dropped > frames->last_dropped ? taken->dropped - frames->last_dropped : 0;
    frame->pixels = taken->pixels;
    frame->info = taken->info;
    frame->missed = skipped + dropped;
    frames->last_publication = taken->publication;
    frames->after = taken->publication;
    if (taken->dropped > frames->last_dropped)
        frames->last_dropped = taken->dropped;
    frames->stats.taken++;
    frames->stats.missed += frame->missed;
}

enum pvgpu_frames_result pvgpu_frames_next(struct pvgpu_frames *frames, uint32_t timeout_ms, struct pvgpu_frame *frame)
{
    uint64_t deadline = deadline_after(timeout_ms);
    pvgpu_frames_release(frames);
    for (;;) {
        if (__atomic_exchange_n(&frames->interrupted, 0, __ATOMIC_ACQ_REL))
            return PVGPU_FRAMES_INTERRUPTED;
        const struct pvgpu_frames_header *header = frames->view.header;
        bool retired = header && __atomic_load_n(&header->retired, __ATOMIC_ACQUIRE);
        if (header && (!retired || frames->final != PVGPU_FRAMES_OK)) {
            struct pvgpu_frames_taken taken;
            enum pvgpu_frames_take take =
                pvgpu_frames_take_newest(&frames->view, frames->after, &taken, &frames->stats.retries);
            if (take == PVGPU_FRAMES_TAKE_DONE) {
                describe(frames, &taken, frame);
                wake_producer(frames);
                return PVGPU_FRAMES_OK;
            }
            if (take == PVGPU_FRAMES_TAKE_BROKEN)
                frames->final = PVGPU_FRAMES_BROKEN;
            wake_producer(frames); /* a try that failed may have looked like a hold for a moment */
        }
        /* Only now, so that a frame which was complete before the producer went is still delivered. */
        if (frames->final != PVGPU_FRAMES_OK)
            return frames->final;
        uint32_t ready = pvgpu_frames_os_wait(&frames->os, deadline);
        if (ready == 0)
            return PVGPU_FRAMES_TIMEOUT;
        if (ready & PVGPU_FRAMES_READY_CONNECTION)
            frames->final = take_in_replies(frames);
    }
}

void pvgpu_frames_release(struct pvgpu_frames *frames)
{
    if (!frames->view.header)
        return;
    if (__atomic_load_n(&frames->view.hold->held, __ATOMIC_RELAXED) == 0)
        return;
    pvgpu_frames_let_go(&frames->view);
    wake_producer(frames);
}

void pvgpu_frames_interrupt(struct pvgpu_frames *frames)
{
    __atomic_store_n(&frames->interrupted, 1, __ATOMIC_RELEASE);
    pvgpu_frames_os_interrupt(&frames->os);
}

void pvgpu_frames_stats(const struct pvgpu_frames *frames, struct pvgpu_frames_stats *stats)
{
    *stats = frames->stats;
}

const char *pvgpu_frames_vm_name(const struct pvgpu_frames *frames)
{
    return frames->vm_name;
}

void pvgpu_frames_close(struct pvgpu_frames *frames)
{
    if (!frames)
        return;
    if (frames->view.header)
        pvgpu_frames_os_unmap((void *)(uintptr_t)frames->view.header, frames->mapping_bytes);
    if (frames->view.hold)
        pvgpu_frames_os_unmap(frames->view.hold, PVGPU_FRAMES_HOLD_BYTES);
    pvgpu_frames_os_finish(&frames->os);
    free(frames);
}

const char *pvgpu_frames_result_text(enum pvgpu_frames_result result)
{
    switch (result) {
    case PVGPU_FRAMES_OK:
        return "done";
    case PVGPU_FRAMES_TIMEOUT:
        return "nothing came in time";
    case PVGPU_FRAMES_ENDED:
        return "the producer has ended";
    case PVGPU_FRAMES_INTERRUPTED:
        return "interrupted";
    case PVGPU_FRAMES_MISSING:
        return "no such endpoint, or nobody listens there";
    case PVGPU_FRAMES_DENIED:
        return "the endpoint belongs to another user";
    case PVGPU_FRAMES_BUSY:
        return "too many consumers are attached";
    case PVGPU_FRAMES_VERSION:
        return "the producer speaks another version of the frame channel";
    case PVGPU_FRAMES_NO_MEMORY:
        return "out of memory or handles";
    case PVGPU_FRAMES_BROKEN:
        return "the producer sent something malformed";
    }
    return "unknown result";
}
