/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sink.h"

#include "common/frame_pixels.h"
#include "common/png.h"
#include "common/whole_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct files {
    struct capture_sink base;
    const char *folder;
    enum capture_format format;
    bool begun;
    uint64_t first_epoch; /* once begun */
    struct frame_pixels *pixels;
};

/* Another reset epoch counts its frames from 1 again and must not overwrite those of the first. */
static void make_path(struct files *files, const struct pvgpu_frame_info *info)
{
    char epoch[32] = "";
    if (!files->begun)
        files->first_epoch = info->epoch;
    files->begun = true;
    if (info->epoch != files->first_epoch)
        snprintf(epoch, sizeof(epoch), "epoch-%llu-", (unsigned long long)info->epoch);
    snprintf(files->base.name, sizeof(files->base.name), "%s/%sframe-%06llu.%s", files->folder, epoch,
             (unsigned long long)info->frame, files->format == CAPTURE_PNG ? "png" : "rgba");
}

static bool write_file(const char *path, const void *data, size_t size)
{
    int error = write_whole_file(path, data, size);
    if (error)
        fprintf(stderr, "pvgpu-capture: cannot write %s: %s\n", path, strerror(error));
    return !error;
}

static bool write_png(const char *path, uint8_t *rgba, uint32_t width, uint32_t height)
{
    size_t size;
    uint8_t *png = png_encode(rgba, width, height, &size);
    if (!png) {
        fprintf(stderr, "pvgpu-capture: cannot write %s: out of memory\n", path);
        return false;
    }
    bool done = write_file(path, png, size);
    free(png);
    return done;
}

static enum capture_result write_frame(struct capture_sink *sink, const struct pvgpu_frame_info *info,
                                       const void *pixels)
{
    struct files *files = (struct files *)sink;
    make_path(files, info);
    size_t pitch = (size_t)info->width * 4;
    uint8_t *rgba = malloc(pitch * info->height);
    if (!rgba) {
        fprintf(stderr, "pvgpu-capture: cannot write %s: out of memory\n", sink->name);
        return CAPTURE_FAILED;
    }
    frame_pixels_convert(files->pixels, info, pixels, rgba, pitch, FRAME_RGBA);
    bool done = files->format == CAPTURE_PNG ? write_png(sink->name, rgba, info->width, info->height)
                                             : write_file(sink->name, rgba, pitch * info->height);
    free(rgba);
    return done ? CAPTURE_OK : CAPTURE_FAILED;
}

static enum capture_result finish(struct capture_sink *sink)
{
    struct files *files = (struct files *)sink;
    frame_pixels_destroy(files->pixels);
    free(files);
    return CAPTURE_OK;
}

struct capture_sink *capture_files_create(const char *folder, enum capture_format format)
{
    static const struct capture_sink_ops ops = {.write = write_frame, .finish = finish};
    struct files *files = calloc(1, sizeof(*files));
    struct frame_pixels *pixels = frame_pixels_create();
    if (!files || !pixels) {
        fprintf(stderr, "pvgpu-capture: out of memory\n");
        frame_pixels_destroy(pixels);
        free(files);
        return NULL;
    }
    files->base.ops = &ops;
    files->folder = folder;
    files->format = format;
    files->pixels = pixels;
    return &files->base;
}
