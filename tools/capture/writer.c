/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "writer.h"

#include "present/frame_format.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct queued {
    struct pvgpu_frame_info info; /* pitch: of the copy */
    uint8_t *pixels; /* owned; NULL: the frame before again */
};

struct capture_writer {
    struct capture_sink *sink; /* writer thread */
    capture_progress *progress;
    void *context;
    uint64_t written; /* writer thread */
    struct pvgpu_frame_info last; /* added; capturing thread */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct queued queue[CAPTURE_QUEUE_FRAMES]; /* lock; first comes first */
    size_t first, count; /* lock */
    bool finishing; /* lock */
    enum capture_result result; /* lock; of the first write that was not OK */
};

static enum capture_result write_frame(struct capture_writer *writer, const struct queued *queued)
{
    struct capture_sink *sink = writer->sink;
    enum capture_result result = sink->ops->write(sink, &queued->info, queued->pixels);
    if (result == CAPTURE_OK)
        writer->progress(writer->context, sink->name, &queued->info, ++writer->written);
    return result;
}

static void *write_frames(void *argument)
{
    struct capture_writer *writer = argument;
    pthread_mutex_lock(&writer->lock);
    for (;;) {
        while (writer->count == 0 && !writer->finishing)
            pthread_cond_wait(&writer->changed, &writer->lock);
        if (writer->count == 0)
            break;
        struct queued *queued = &writer->queue[writer->first];
        enum capture_result result = writer->result;
        pthread_mutex_unlock(&writer->lock);
        if (result == CAPTURE_OK)
            result = write_frame(writer, queued);
        free(queued->pixels);
        pthread_mutex_lock(&writer->lock);
        if (writer->result == CAPTURE_OK)
            writer->result = result;
        writer->first = (writer->first + 1) % CAPTURE_QUEUE_FRAMES;
        writer->count--;
        pthread_cond_signal(&writer->changed);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

/* Signals stay with the thread that captures. */
static bool start_thread(struct capture_writer *writer)
{
#ifdef _WIN32
    return pthread_create(&writer->thread, NULL, write_frames, writer) == 0;
#else
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&writer->thread, NULL, write_frames, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
#endif
}

struct capture_writer *capture_writer_create(struct capture_sink *sink, capture_progress *progress, void *context)
{
    if (!sink)
        return NULL;
    struct capture_writer *writer = calloc(1, sizeof(*writer));
    if (!writer)
        goto error;
    writer->sink = sink;
    writer->progress = progress;
    writer->context = context;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->changed, NULL);
    if (!start_thread(writer))
        goto error_thread;
    return writer;

error_thread:
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
error:
    fprintf(stderr, "pvgpu-capture: out of memory\n");
    sink->ops->finish(sink);
    return NULL;
}

/* Takes the pixels. */
static bool enqueue(struct capture_writer *writer, const struct queued *queued)
{
    pthread_mutex_lock(&writer->lock);
    while (writer->count == CAPTURE_QUEUE_FRAMES)
        pthread_cond_wait(&writer->changed, &writer->lock);
    bool going_on = writer->result == CAPTURE_OK;
    if (going_on) {
        writer->queue[(writer->first + writer->count) % CAPTURE_QUEUE_FRAMES] = *queued;
        writer->count++;
        pthread_cond_signal(&writer->changed);
    }
    pthread_mutex_unlock(&writer->lock);
    if (!going_on)
        free(queued->pixels);
    return going_on;
}

bool capture_writer_add(struct capture_writer *writer, const struct pvgpu_frame *frame)
{
    struct queued queued = {.info = frame->info};
    queued.info.pitch = frame->info.width * pvgpu_frame_format_bytes(frame->info.format);
    queued.pixels = malloc((size_t)queued.info.pitch * queued.info.height);
    if (!queued.pixels) {
        fprintf(stderr, "pvgpu-capture: out of memory for a frame of %ux%u\n", queued.info.width, queued.info.height);
        pthread_mutex_lock(&writer->lock);
        if (writer->result == CAPTURE_OK)
            writer->result = CAPTURE_FAILED;
        pthread_mutex_unlock(&writer->lock);
        return false;
    }
    for (uint32_t y = 0; y < queued.info.height; y++)
        memcpy(queued.pixels + (size_t)y * queued.info.pitch,
               (const uint8_t *)frame->pixels + (size_t)y * frame->info.pitch, queued.info.pitch);
    writer->last = queued.info;
    return enqueue(writer, &queued);
}

bool capture_writer_repeat(struct capture_writer *writer)
{
    return enqueue(writer, &(struct queued){.info = writer->last});
}

enum capture_result capture_writer_finish(struct capture_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->finishing = true;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    enum capture_result result = writer->result;
    enum capture_result finished = writer->sink->ops->finish(writer->sink);
    if (result == CAPTURE_OK)
        result = finished;
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
    return result;
}
