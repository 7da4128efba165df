/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sink.h"

#include "common/frame_pixels.h"
#include "present/frame_format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

struct stream {
    struct capture_sink base;
    struct capture_stream_config config;
    FILE *file; /* owned unless it is standard output; NULL once closed */
    struct frame_pixels *pixels;
    struct pvgpu_frame_info first; /* what every further frame must agree with; width 0 before it */
    uint8_t *rgba; /* one picture, Y4M */
    uint8_t *bytes; /* one frame as it is written */
    size_t size; /* of bytes */
    bool broken; /* a write has failed, and that was told */
};

/* Tells errno's error. */
static enum capture_result write_error(struct stream *stream)
{
    int error = errno;
    stream->broken = true;
    bool closed = error == EPIPE;
#ifdef _WIN32
    /* What the C library makes of some of the errors of a pipe whose other end is closed. */
    closed |= error == EINVAL && stream->file == stdout;
#endif
    if (closed) {
        fprintf(stderr, "pvgpu-capture: the reader of %s has closed it\n", stream->base.name);
        return CAPTURE_CLOSED;
    }
    fprintf(stderr, "pvgpu-capture: cannot write %s: %s\n", stream->base.name, strerror(error));
    return CAPTURE_FAILED;
}

static enum capture_result put(struct stream *stream, const void *data, size_t size)
{
    errno = EIO; /* for C libraries that fail without saying why */
    return fwrite(data, 1, size, stream->file) == size ? CAPTURE_OK : write_error(stream);
}

/* The name that ffmpeg has for a published format. */
static const char *pixel_format(uint32_t format)
{
    switch (format) {
    case PVGPU_FRAME_RGBA8:
    case PVGPU_FRAME_RGBA8_SRGB:
        return "rgba";
    case PVGPU_FRAME_BGRA8:
    case PVGPU_FRAME_BGRA8_SRGB:
        return "bgra";
    case PVGPU_FRAME_RGB10A2:
        return "x2bgr10le";
    default:
        return "rgbaf16le";
    }
}

static void tell_raw(const struct stream *stream)
{
    const struct capture_stream_config *config = &stream->config;
    if (config->quiet)
        return;
    fprintf(stderr,
            "pvgpu-capture: raw frames of %zu bytes: %u x %u, %s (ffmpeg -f rawvideo -pixel_format %s -video_size "
            "%ux%u -framerate %u/%u)\n",
            stream->size, stream->first.width, stream->first.height, pvgpu_frame_format_name(stream->first.format),
            pixel_format(stream->first.format), stream->first.width, stream->first.height, config->rate, config->scale);
}

static enum capture_result begin(struct stream *stream, const struct pvgpu_frame_info *info)
{
    const struct capture_stream_config *config = &stream->config;
    bool raw = config->format == CAPTURE_RAW;
    size_t count = (size_t)info->width * info->height;
    stream->size = raw ? count * pvgpu_frame_format_bytes(info->format)
                       : capture_yuv_bytes(info->width, info->height, config->chroma);
    stream->bytes = malloc(stream->size);
    stream->rgba = raw ? NULL : malloc(count * 4);
    if (!stream->bytes || (!raw && !stream->rgba)) {
        fprintf(stderr, "pvgpu-capture: out of memory for a frame of %ux%u\n", info->width, info->height);
        return CAPTURE_FAILED;
    }
    stream->first = *info;
    if (raw) {
        tell_raw(stream);
        return CAPTURE_OK;
    }
    char header[160];
    int length = snprintf(header, sizeof(header), "YUV4MPEG2 W%u H%u F%u:%u Ip A1:1 %s XCOLORRANGE=LIMITED\n",
                          info->width, info->height, config->rate, config->scale,
                          config->chroma == CAPTURE_CHROMA_444 ? "C444" : "C420mpeg2");
    return put(stream, header, (size_t)length);
}

static void fill(struct stream *stream, const struct pvgpu_frame_info *info, const uint8_t *pixels)
{
    if (stream->config.format == CAPTURE_Y4M) {
        frame_pixels_convert(stream->pixels, info, pixels, stream->rgba, (size_t)info->width * 4, FRAME_RGBA);
        capture_yuv_convert(stream->rgba, info->width, info->height, stream->config.chroma, stream->bytes);
        return;
    }
    size_t row = stream->size / info->height;
    for (uint32_t y = 0; y < info->height; y++)
        memcpy(stream->bytes + y * row, pixels + (size_t)y * info->pitch, row);
}

/* Tells a change that the stream cannot follow. */
static bool fits(const struct stream *stream, const struct pvgpu_frame_info *info)
{
    const struct pvgpu_frame_info *first = &stream->first;
    if (info->width != first->width || info->height != first->height) {
        fprintf(stderr, "pvgpu-capture: the frames' size changed from %u x %u to %u x %u: the stream ends here\n",
                first->width, first->height, info->width, info->height);
        return false;
    }
    if (stream->config.format == CAPTURE_RAW && info->format != first->format) {
        fprintf(stderr, "pvgpu-capture: the frames' format changed from %s to %s: the stream ends here\n",
                pvgpu_frame_format_name(first->format), pvgpu_frame_format_name(info->format));
        return false;
    }
    return true;
}

static enum capture_result write_frame(struct capture_sink *sink, const struct pvgpu_frame_info *info,
                                       const void *pixels)
{
    struct stream *stream = (struct stream *)sink;
    enum capture_result result = CAPTURE_OK;
    if (stream->first.width == 0)
        result = begin(stream, info);
    else if (pixels && !fits(stream, info))
        result = CAPTURE_CHANGED;
    if (result != CAPTURE_OK)
        return result;
    if (pixels)
        fill(stream, info, pixels);
    if (stream->config.format == CAPTURE_Y4M)
        result = put(stream, "FRAME\n", 6);
    if (result == CAPTURE_OK)
        result = put(stream, stream->bytes, stream->size);
    /* A reader that shows frames as they come wants all of this one now. */
    if (result == CAPTURE_OK && fflush(stream->file) != 0)
        result = write_error(stream);
    return result;
}

static enum capture_result finish(struct capture_sink *sink)
{
    struct stream *stream = (struct stream *)sink;
    enum capture_result result = CAPTURE_OK;
    bool kept = stream->broken;
    if (stream->file && stream->file != stdout && fclose(stream->file) != 0 && !kept)
        result = write_error(stream);
    frame_pixels_destroy(stream->pixels);
    free(stream->rgba);
    free(stream->bytes);
    free(stream);
    return result;
}

static bool open_file(struct stream *stream)
{
    const char *path = stream->config.path;
    if (strcmp(path, "-") != 0) {
        snprintf(stream->base.name, sizeof(stream->base.name), "%s", path);
        stream->file = fopen(path, "wb");
        if (!stream->file)
            fprintf(stderr, "pvgpu-capture: cannot write %s: %s\n", path, strerror(errno));
        return stream->file != NULL;
    }
    snprintf(stream->base.name, sizeof(stream->base.name), "standard output");
    stream->file = stdout;
#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    return true;
}

struct capture_sink *capture_stream_create(const struct capture_stream_config *config)
{
    static const struct capture_sink_ops ops = {.write = write_frame, .finish = finish};
    struct stream *stream = calloc(1, sizeof(*stream));
    if (!stream) {
        fprintf(stderr, "pvgpu-capture: out of memory\n");
        return NULL;
    }
    stream->base.ops = &ops;
    stream->config = *config;
    if (config->format == CAPTURE_Y4M && !(stream->pixels = frame_pixels_create())) {
        fprintf(stderr, "pvgpu-capture: out of memory\n");
        finish(&stream->base);
        return NULL;
    }
    if (!open_file(stream)) {
        finish(&stream->base);
        return NULL;
    }
    return &stream->base;
}
