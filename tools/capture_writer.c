/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture_writer.h"

#include "present/frame_format.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#define PATH_BYTES 4096
#define PNG_LEVEL 5 /* of stb's 5 and up: the fastest */
#define PNG_FILTER 1 /* difference to the left neighbour, for every row: trying all of them takes most of the time */
#define LINEAR_BT709 1u /* DXGI_COLOR_SPACE_RGB_FULL_G10_NONE_P709 */

struct queued {
    struct pvgpu_frame_info info; /* pitch: of the copy */
    uint8_t *pixels; /* owned */
};

struct capture_writer {
    const char *folder;
    enum capture_format format;
    capture_progress *progress;
    void *context;
    uint64_t first_epoch; /* writer thread */
    uint64_t written; /* writer thread */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct queued queue[CAPTURE_QUEUE_FRAMES]; /* lock; first comes first */
    size_t first, count; /* lock */
    bool finishing; /* lock */
    bool failed; /* lock */
};

/* Another reset epoch counts its frames from 1 again and must not overwrite those of the first. */
static void make_path(const struct capture_writer *writer, const struct pvgpu_frame_info *info, char *path)
{
    char epoch[32] = "";
    if (info->epoch != writer->first_epoch)
        snprintf(epoch, sizeof(epoch), "epoch-%llu-", (unsigned long long)info->epoch);
    snprintf(path, PATH_BYTES, "%s/%sframe-%06llu.%s", writer->folder, epoch, (unsigned long long)info->frame,
             writer->format == CAPTURE_PNG ? "png" : "rgba");
}

/* Under another name first, so that nobody ever sees half a file. */
static bool write_file(const char *path, const void *data, size_t size)
{
    char partial[PATH_BYTES + 8];
    snprintf(partial, sizeof(partial), "%s.part", path);
    FILE *file = fopen(partial, "wb");
    bool done = file && fwrite(data, 1, size, file) == size;
    int error = errno;
    if (file && fclose(file) != 0 && done) {
        error = errno;
        done = false;
    }
#ifdef _WIN32
    remove(path); /* rename does not replace there */
#endif
    if (done && rename(partial, path) != 0) {
        error = errno;
        done = false;
    }
    if (!done) {
        fprintf(stderr, "pvgpu-capture: cannot write %s: %s\n", path, strerror(error));
        remove(partial);
    }
    return done;
}

/* Packed 8-bit RGBA of a queued frame; owned by the caller. NULL: no memory. */
static uint8_t *convert(const struct queued *queued)
{
    const struct pvgpu_frame_info *info = &queued->info;
    uint8_t *rgba = malloc((size_t)info->width * info->height * 4);
    for (uint32_t y = 0; rgba && y < info->height; y++) {
        const uint8_t *source = queued->pixels + (size_t)y * info->pitch;
        uint8_t *target = rgba + (size_t)y * info->width * 4;
        if (info->format == PVGPU_FRAME_RGBA16F && info->colour_space == LINEAR_BT709)
            pvgpu_frame_convert_linear_row(source, target, info->width);
        else
            pvgpu_frame_convert_row(info->format, source, target, info->width);
    }
    return rgba;
}

static bool write_png(const char *path, uint8_t *rgba, uint32_t width, uint32_t height)
{
    /* Drops alpha in place: the target never overtakes the source. */
    for (size_t i = 0; i < (size_t)width * height; i++)
        memmove(rgba + 3 * i, rgba + 4 * i, 3);
    int size = 0;
    uint8_t *png = stbi_write_png_to_mem(rgba, (int)width * 3, (int)width, (int)height, 3, &size);
    if (!png) {
        fprintf(stderr, "pvgpu-capture: cannot write %s: out of memory\n", path);
        return false;
    }
    bool done = write_file(path, png, (size_t)size);
    STBIW_FREE(png);
    return done;
}

static bool write_frame(struct capture_writer *writer, const struct queued *queued)
{
    const struct pvgpu_frame_info *info = &queued->info;
    char path[PATH_BYTES];
    if (writer->written == 0)
        writer->first_epoch = info->epoch;
    make_path(writer, info, path);
    uint8_t *rgba = convert(queued);
    if (!rgba) {
        fprintf(stderr, "pvgpu-capture: cannot write %s: out of memory\n", path);
        return false;
    }
    bool done = writer->format == CAPTURE_PNG ? write_png(path, rgba, info->width, info->height)
                                              : write_file(path, rgba, (size_t)info->width * info->height * 4);
    free(rgba);
    if (done)
        writer->progress(writer->context, path, info, ++writer->written);
    return done;
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
        bool skip = writer->failed;
        pthread_mutex_unlock(&writer->lock);
        bool done = skip || write_frame(writer, queued);
        free(queued->pixels);
        pthread_mutex_lock(&writer->lock);
        writer->failed |= !done;
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

struct capture_writer *capture_writer_create(const char *folder, enum capture_format format, capture_progress *progress,
                                             void *context)
{
    struct capture_writer *writer = calloc(1, sizeof(*writer));
    if (!writer)
        goto error;
    writer->folder = folder;
    writer->format = format;
    writer->progress = progress;
    writer->context = context;
    stbi_write_png_compression_level = PNG_LEVEL;
    stbi_write_force_png_filter = PNG_FILTER;
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
    return NULL;
}

bool capture_writer_add(struct capture_writer *writer, const struct pvgpu_frame *frame)
{
    struct queued queued = {.info = frame->info};
    queued.info.pitch = frame->info.width * pvgpu_frame_format_bytes(frame->info.format);
    queued.pixels = malloc((size_t)queued.info.pitch * queued.info.height);
    if (!queued.pixels) {
        fprintf(stderr, "pvgpu-capture: out of memory for a frame of %ux%u\n", queued.info.width, queued.info.height);
        return false;
    }
    for (uint32_t y = 0; y < queued.info.height; y++)
        memcpy(queued.pixels + (size_t)y * queued.info.pitch,
               (const uint8_t *)frame->pixels + (size_t)y * frame->info.pitch, queued.info.pitch);

    pthread_mutex_lock(&writer->lock);
    while (writer->count == CAPTURE_QUEUE_FRAMES)
        pthread_cond_wait(&writer->changed, &writer->lock);
    bool failed = writer->failed;
    if (!failed) {
        writer->queue[(writer->first + writer->count) % CAPTURE_QUEUE_FRAMES] = queued;
        writer->count++;
        pthread_cond_signal(&writer->changed);
    }
    pthread_mutex_unlock(&writer->lock);
    if (failed)
        free(queued.pixels);
    return !failed;
}

bool capture_writer_finish(struct capture_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->finishing = true;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    bool done = !writer->failed;
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
    return done;
}
