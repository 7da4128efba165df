/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Log records on their way from a child to the supervisor, through the pipe that is the child's standard error. Drivers
 * and libraries write there too, so the stream is lines of text, and a record is one that begins with RS (0x1E):
 *
 *   RS level US target US time US pid US message { US key = value } LF
 *
 * Numbers are decimal: the level counts from error (0), the target is a row of base/log_targets.inc, the time is in
 * nanoseconds since 1970. US is 0x1F. A value is "#" and a number or "=" and a text; "+" and "~"
 * stand for them when the message says the same. No text has control characters.
 * A record also ends text that was begun without an end of line. It is written in one piece of at most
 * PVGPU_LOG_FRAME_BYTES bytes, which a POSIX pipe keeps together.
 *
 * Whoever reads takes nothing on trust: a record that breaks a rule is a line of text like any other. The name of the VM
 * is not part of it: that is known from the pipe.
 */
#ifndef PVGPU_BASE_LOG_FRAME_H
#define PVGPU_BASE_LOG_FRAME_H

#include "base/log.h"

#define PVGPU_LOG_FRAME_BYTES 4096 /* PIPE_BUF of Linux */

/* Writes a record as a frame, with its LF. Fields that do not fit are left out. Returns the bytes used. */
size_t pvgpu_log_frame_encode(char frame[PVGPU_LOG_FRAME_BYTES], const struct pvgpu_log_record *record);

/* A record that was read, with the memory of its fields. Texts point into the line. */
struct pvgpu_log_frame {
    struct pvgpu_log_record record; /* .vm is NULL */
    struct pvgpu_log_field fields[PVGPU_LOG_FIELDS_MOST + 1];
};

/*
 * Reads a line as it came from a splitter; it is changed and must outlive *frame. False: it is no record, and the line
 * is as it was.
 */
bool pvgpu_log_frame_decode(struct pvgpu_log_frame *frame, char *line, size_t length);

/*
 * Cuts a stream into lines: at LF, and in front of RS. Zeroed to begin with. Lines come without their LF, but with a
 * terminating zero; empty ones are left out. One that is longer than the buffer is cut, and the rest dropped.
 */
struct pvgpu_log_splitter {
    char line[PVGPU_LOG_FRAME_BYTES];
    size_t used;
    bool is_cut;
};

typedef void (*pvgpu_log_line_fn)(void *user, char *line, size_t length, bool is_cut);

void pvgpu_log_splitter_feed(struct pvgpu_log_splitter *splitter, const char *bytes, size_t count,
                             pvgpu_log_line_fn on_line, void *user);

/* The stream has ended: a line without LF is a line. */
void pvgpu_log_splitter_end(struct pvgpu_log_splitter *splitter, pvgpu_log_line_fn on_line, void *user);

#endif
