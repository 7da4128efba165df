/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Writes captured frames to files in a thread of its own, so that compressing pictures does not hold up capturing. The
 * queue is bounded: who captures faster than files can be written waits in capture_writer_add.
 *
 * PNG files hold red, green and blue with 8 bits each: a frame's alpha is not part of what a screen would show.
 * "rgba" files are bare pixels, 4 bytes each (red, green, blue, alpha), rows tightly packed, top row first.
 * Whatever the frame's format, its pixels become 8-bit RGBA by the rule of src/present/frame_format.h; linear light
 * (R16G16B16A16_FLOAT with DXGI_COLOR_SPACE_RGB_FULL_G10_NONE_P709) is encoded as sRGB, every other colour space is
 * taken as it is.
 */
#ifndef PVGPU_TOOLS_CAPTURE_WRITER_H
#define PVGPU_TOOLS_CAPTURE_WRITER_H

#include "pvgpu/frames.h"

#include <stdbool.h>

#define CAPTURE_QUEUE_FRAMES 8 /* 64 MiB of 1920x1080; more helps nobody when writing is the slower part */

enum capture_format {
    CAPTURE_PNG,
    CAPTURE_RGBA,
};

struct capture_writer;

/* Called in the writer thread after each file; `written` counts from 1. */
typedef void capture_progress(void *context, const char *path, const struct pvgpu_frame_info *info, uint64_t written);

/* Files go to `folder`, which exists. NULL: told on standard error. Both pointers are lent for the writer's life. */
struct capture_writer *capture_writer_create(const char *folder, enum capture_format format, capture_progress *progress,
                                             void *context);

/*
 * Copies a frame and queues it; waits while the queue is full. The frame may be released as soon as this returns.
 * False once writing has failed (told on standard error): there is no point in going on.
 */
bool capture_writer_add(struct capture_writer *writer, const struct pvgpu_frame *frame);

/* Writes what is still queued, ends the thread and frees. False if any file could not be written. */
bool capture_writer_finish(struct capture_writer *writer);

#endif
