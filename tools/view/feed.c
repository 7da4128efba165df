/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "feed.h"

#include "base/time.h"
#include "common/frame_pixels.h"
#include "os/event.h"
#include "os/thread.h"

#include <stdlib.h>
#include <string.h>

/* Between looks for an endpoint: twice as long each time, so that waiting all night costs nothing. */
#define FIRST_PAUSE_NS (20 * PVGPU_NS_PER_MS)
#define LONGEST_PAUSE_NS PVGPU_NS_PER_S

struct buffer {
    uint8_t *pixels; /* owned */
    size_t capacity; /* bytes */
    struct view_picture picture;
};

struct view_feed {
    const char *path;
    void (*wake)(void *context);
    void *context;
    struct frame_pixels *converter;
    struct pvgpu_event stop_event;
    struct pvgpu_thread thread;
    struct buffer buffers[3];
    uint32_t writing; /* index; feed's thread */
    uint32_t shown; /* index; the thread that takes */
    struct pvgpu_mutex lock;
    uint32_t ready; /* lock; index */
    bool fresh; /* lock; ready was not taken yet */
    bool stopping; /* lock */
    bool connecting; /* lock; inside pvgpu_frames_connect */
    struct pvgpu_frames *frames; /* lock; for interrupting; NULL while not attached */
    struct view_feed_status status; /* lock */
};

/* Converts a frame into the buffer that nobody looks at. */
static bool convert(struct view_feed *feed, const struct pvgpu_frame *frame, bool live)
{
    struct buffer *buffer = &feed->buffers[feed->writing];
    size_t pitch = (size_t)frame->info.width * 4;
    size_t size = pitch * frame->info.height;
    if (buffer->capacity < size) {
        free(buffer->pixels);
        buffer->pixels = malloc(size);
        buffer->capacity = buffer->pixels ? size : 0;
    }
    if (!buffer->pixels)
        return false;
    frame_pixels_convert(feed->converter, &frame->info, frame->pixels, buffer->pixels, pitch, FRAME_BGRA);
    buffer->picture = (struct view_picture){
        .pixels = buffer->pixels,
        .width = frame->info.width,
        .height = frame->info.height,
        .present_ns = frame->info.present_ns,
        .live = live,
    };
    return true;
}

static void hand_over(struct view_feed *feed)
{
    pvgpu_mutex_lock(&feed->lock);
    uint32_t free_one = feed->ready;
    feed->ready = feed->writing;
    feed->writing = free_one;
    feed->fresh = true;
    pvgpu_mutex_unlock(&feed->lock);
    feed->wake(feed->context);
}

static void note_vm(struct view_feed *feed, struct pvgpu_frames *frames)
{
    char name[PVGPU_FRAMES_VM_NAME_BYTES];
    strncpy(name, pvgpu_frames_vm_name(frames), sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (char *at = name; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = '?';
    }
    pvgpu_mutex_lock(&feed->lock);
    feed->status.attached = true;
    memcpy(feed->status.vm_name, name, sizeof(name));
    pvgpu_mutex_unlock(&feed->lock);
}

/* Fetches frames until the attachment ends. *got: whether there were any. */
static enum pvgpu_frames_result fetch(struct view_feed *feed, struct pvgpu_frames *frames, bool *got)
{
    *got = false;
    for (;;) {
        struct pvgpu_frame frame;
        enum pvgpu_frames_result result = pvgpu_frames_next(frames, PVGPU_FRAMES_FOREVER, &frame);
        if (result != PVGPU_FRAMES_OK)
            return result;
        bool done = convert(feed, &frame, *got);
        pvgpu_frames_release(frames);
        if (!done)
            return PVGPU_FRAMES_NO_MEMORY;
        if (!*got)
            note_vm(feed, frames);
        *got = true;
        hand_over(feed);
    }
}

/* One attachment from its beginning to its end. */
static enum pvgpu_frames_result attach_once(struct view_feed *feed, bool *got)
{
    *got = false;
    pvgpu_mutex_lock(&feed->lock);
    bool stopping = feed->stopping;
    feed->connecting = !stopping;
    pvgpu_mutex_unlock(&feed->lock);
    if (stopping)
        return PVGPU_FRAMES_INTERRUPTED;
    struct pvgpu_frames *frames;
    /* An endpoint without a VM answers when there is one. */
    enum pvgpu_frames_result result = pvgpu_frames_connect(feed->path, 0, PVGPU_FRAMES_FOREVER, &frames);
    pvgpu_mutex_lock(&feed->lock);
    feed->connecting = false;
    feed->frames = frames;
    if (feed->stopping)
        result = PVGPU_FRAMES_INTERRUPTED;
    pvgpu_mutex_unlock(&feed->lock);
    if (result == PVGPU_FRAMES_OK)
        result = fetch(feed, frames, got);
    pvgpu_mutex_lock(&feed->lock);
    feed->frames = NULL;
    feed->status.attached = false;
    pvgpu_mutex_unlock(&feed->lock);
    pvgpu_frames_close(frames);
    return result;
}

/* Whether trying again later may help. */
static bool is_passing(enum pvgpu_frames_result result)
{
    return result == PVGPU_FRAMES_MISSING || result == PVGPU_FRAMES_ENDED || result == PVGPU_FRAMES_BUSY ||
           result == PVGPU_FRAMES_TIMEOUT;
}

static void run(void *argument)
{
    struct view_feed *feed = argument;
    uint64_t pause_ns = FIRST_PAUSE_NS;
    for (;;) {
        bool got;
        enum pvgpu_frames_result result = attach_once(feed, &got);
        if (result == PVGPU_FRAMES_INTERRUPTED)
            return;
        if (!is_passing(result)) {
            pvgpu_mutex_lock(&feed->lock);
            feed->status.failure = result;
            pvgpu_mutex_unlock(&feed->lock);
            feed->wake(feed->context);
            return;
        }
        feed->wake(feed->context);
        if (got)
            pause_ns = FIRST_PAUSE_NS;
        if (pvgpu_event_wait(&feed->stop_event, pause_ns))
            return;
        pause_ns = pause_ns * 2 < LONGEST_PAUSE_NS ? pause_ns * 2 : LONGEST_PAUSE_NS;
    }
}

struct view_feed *view_feed_start(const char *path, void (*wake)(void *context), void *context)
{
    struct view_feed *feed = calloc(1, sizeof(*feed));
    if (!feed)
        return NULL;
    feed->path = path;
    feed->wake = wake;
    feed->context = context;
    feed->writing = 0;
    feed->ready = 1;
    feed->shown = 2;
    feed->converter = frame_pixels_create();
    if (!feed->converter)
        goto error;
    if (!pvgpu_event_init(&feed->stop_event))
        goto error_converter;
    pvgpu_mutex_init(&feed->lock);
    if (!pvgpu_thread_start(&feed->thread, "frames", run, feed))
        goto error_lock;
    return feed;

error_lock:
    pvgpu_mutex_finish(&feed->lock);
    pvgpu_event_finish(&feed->stop_event);
error_converter:
    frame_pixels_destroy(feed->converter);
error:
    free(feed);
    return NULL;
}

bool view_feed_take(struct view_feed *feed, struct view_picture *picture)
{
    pvgpu_mutex_lock(&feed->lock);
    bool fresh = feed->fresh;
    if (fresh) {
        uint32_t seen = feed->shown;
        feed->shown = feed->ready;
        feed->ready = seen;
        feed->fresh = false;
        *picture = feed->buffers[feed->shown].picture;
    }
    pvgpu_mutex_unlock(&feed->lock);
    return fresh;
}

void view_feed_status(struct view_feed *feed, struct view_feed_status *status)
{
    pvgpu_mutex_lock(&feed->lock);
    *status = feed->status;
    pvgpu_mutex_unlock(&feed->lock);
}

bool view_feed_stop(struct view_feed *feed)
{
    pvgpu_mutex_lock(&feed->lock);
    feed->stopping = true;
    bool connecting = feed->connecting;
    if (feed->frames)
        pvgpu_frames_interrupt(feed->frames);
    pvgpu_mutex_unlock(&feed->lock);
    pvgpu_event_signal(&feed->stop_event);
    if (connecting)
        return false;
    pvgpu_thread_join(&feed->thread);
    pvgpu_mutex_finish(&feed->lock);
    pvgpu_event_finish(&feed->stop_event);
    frame_pixels_destroy(feed->converter);
    for (size_t i = 0; i < 3; i++)
        free(feed->buffers[i].pixels);
    free(feed);
    return true;
}
