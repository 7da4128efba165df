/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Where captured frames go: files of one frame each (sink_files.c), or one stream of frames (sink_stream.c). A sink
 * belongs to the writer's thread. What goes wrong is told on standard error where it happens.
 *
 * PNG files hold red, green and blue with 8 bits each: a frame's alpha is not part of what a screen would show.
 * "rgba" files are bare pixels, 4 bytes each (red, green, blue, alpha), rows tightly packed, top row first. Whatever
 * the frame's format, its pixels become 8-bit RGBA by the rule of tools/common/frame_pixels.h.
 *
 * A raw stream is the frames' own pixels, rows tightly packed, top row first, nothing before, between or behind them;
 * its size and format are told on standard error. A Y4M stream (YUV4MPEG2, 8 bits) begins with a line that tells size,
 * rate, chroma and range; see yuv.h for the values. Neither can change its size, nor raw its format: the stream ends
 * with the last frame before such a change, so that what has been written is whole.
 */
#ifndef PVGPU_TOOLS_CAPTURE_SINK_H
#define PVGPU_TOOLS_CAPTURE_SINK_H

#include "pvgpu/frames.h"
#include "yuv.h"

#include <stdbool.h>

#define CAPTURE_PATH_BYTES 4096

enum capture_format {
    CAPTURE_PNG,
    CAPTURE_RGBA,
    CAPTURE_RAW,
    CAPTURE_Y4M,
};

enum capture_result {
    CAPTURE_OK,
    CAPTURE_FAILED, /* cannot write, or no memory */
    CAPTURE_CLOSED, /* whoever read the stream does not want any more */
    CAPTURE_CHANGED, /* the frame does not fit the stream */
};

struct capture_sink;

struct capture_sink_ops {
    /* Writes a frame whose rows are info->pitch bytes apart. pixels NULL: the one before again (streams only). */
    enum capture_result (*write)(struct capture_sink *sink, const struct pvgpu_frame_info *info, const void *pixels);
    /* Closes and frees. Not OK if what was written did not all arrive. */
    enum capture_result (*finish)(struct capture_sink *sink);
};

struct capture_sink {
    const struct capture_sink_ops *ops;
    char name[CAPTURE_PATH_BYTES]; /* of the file written last, or of the stream; for people */
};

/* Files of `folder`, which exists and is lent. Format: PNG or RGBA. NULL: told on standard error. */
struct capture_sink *capture_files_create(const char *folder, enum capture_format format);

struct capture_stream_config {
    const char *path; /* a file, replaced if it exists; "-": standard output */
    enum capture_format format; /* RAW or Y4M */
    enum capture_chroma chroma; /* Y4M */
    uint32_t rate, scale; /* rate / scale frames a second, for the header */
    bool quiet; /* do not tell the format on standard error */
};

/* NULL: told on standard error. */
struct capture_sink *capture_stream_create(const struct capture_stream_config *config);

#endif
