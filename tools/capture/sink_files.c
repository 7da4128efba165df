/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sink.h"

#include "common/frame_pixels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#define PNG_LEVEL 5 /* of stb's 5 and up: the fastest */
#define PNG_FILTER 1 /* difference to the left neighbour, for every row: trying all of them takes most of the time */

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

/* Under another name first, so that nobody ever sees half a file. */
static bool write_file(const char *path, const void *data, size_t size)
{
    char partial[CAPTURE_PATH_BYTES + 8];
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
    stbi_write_png_compression_level = PNG_LEVEL;
    stbi_write_force_png_filter = PNG_FILTER;
    files->base.ops = &ops;
    files->folder = folder;
    files->format = format;
    files->pixels = pixels;
    return &files->base;
}
