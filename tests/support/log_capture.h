/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Standard error, caught: what the host logs goes into a file without a name (on Windows: one that goes when it is
 * closed), from which it can be read at any time. One capture at a time, started and ended by the same thread; other
 * threads may write meanwhile.
 */
#ifndef PVGPU_TESTS_LOG_CAPTURE_H
#define PVGPU_TESTS_LOG_CAPTURE_H

#include <stdbool.h>

struct log_capture {
    bool active;
    int file; /* what standard error is now */
    int standard_error; /* the true one */
};

/* Aborts when it cannot be done. */
void log_capture_start(struct log_capture *capture);

/* The text caught so far; free it. */
char *log_capture_text(const struct log_capture *capture);

/* Standard error is itself again. */
void log_capture_end(struct log_capture *capture);

#endif
