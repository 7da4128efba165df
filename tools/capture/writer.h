/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Hands captured frames to a sink in a thread of its own, so that compressing pictures does not hold up capturing. The
 * queue is bounded: who captures faster than frames can be written waits in capture_writer_add.
 */
#ifndef PVGPU_TOOLS_CAPTURE_WRITER_H
#define PVGPU_TOOLS_CAPTURE_WRITER_H

#include "sink.h"

#define CAPTURE_QUEUE_FRAMES 8 /* 64 MiB of 1920x1080; more helps nobody when writing is the slower part */

struct capture_writer;

/* Called in the writer thread after each frame; `name`: the sink's; `written` counts from 1. */
typedef void capture_progress(void *context, const char *name, const struct pvgpu_frame_info *info, uint64_t written);

/*
 * Takes the sink in every case; NULL is fine and gives NULL. `context` is lent for the writer's life. NULL: told on
 * standard error.
 */
struct capture_writer *capture_writer_create(struct capture_sink *sink, capture_progress *progress, void *context);

/*
 * Copies a frame and queues it; waits while the queue is full. The frame may be released as soon as this returns.
 * False once writing has ended early: there is no point in going on.
 */
bool capture_writer_add(struct capture_writer *writer, const struct pvgpu_frame *frame);

/* The same for the frame that was added last, once more; for streams. */
bool capture_writer_repeat(struct capture_writer *writer);

/* Writes what is still queued, ends the thread and frees. Why writing ended early, or OK. */
enum capture_result capture_writer_finish(struct capture_writer *writer);

#endif
